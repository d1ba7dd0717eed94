/// The only rank there is: every collective call leaves its buffer as it is.
public struct LoneRank: Communicator {
  /// 0.
  public let rank = 0
  /// 1.
  public let size = 1
  /// Nothing: there is nobody to give anything to.
  public let traffic = Traffic()

  public init() {}

  public func startBroadcast<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, from root: Int
  ) -> any Transfer { DoneTransfer() }

  public func startAllReduce<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, by reduction: Reduction
  ) -> any Transfer { DoneTransfer() }

  public func startReduceScatter<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, into block: UnsafeMutableBufferPointer<T>, by reduction: Reduction
  ) throws(CommunicationError) -> any Transfer {
    try check(block.count, x.count, "a block of a reduction")
    _ = block.update(from: x)
    return DoneTransfer()
  }

  public func startAllGather<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, into all: UnsafeMutableBufferPointer<T>, counts: [Int]
  ) throws(CommunicationError) -> any Transfer {
    try check(all.count, x.count, "what is gathered")
    _ = all.update(from: x)
    return DoneTransfer()
  }

  /// Traps: there is no other rank.
  public func startSend<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, to rank: Int, tag: Int
  ) -> any Transfer { preconditionFailure("a message to rank \(rank) of 1") }

  /// Traps: there is no other rank.
  public func startReceive<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, from rank: Int, tag: Int
  ) -> any Transfer { preconditionFailure("a message from rank \(rank) of 1") }

  public func barrier() {}

  public func split(colour: Int, key: Int) -> any Communicator { LoneRank() }

  public func abandon(status: Int32) {}
}
