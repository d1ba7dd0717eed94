/// Processes, or threads, that work together by exchanging buffers: the ranks `0, …, size - 1`.
///
/// All ranks of a communicator make the same collective calls in the same order; `send` and `receive` are
/// between two. What is started goes on while the rank works, and is finished by ``Transfer/wait()``; there
/// are calls that wait at once, on buffers and on tensors, in extensions. No wait is for ever: a rank that
/// has ended or hangs makes the others throw ``CommunicationError/lost(rank:seconds:)``, or ends them.
///
///     broadcast       x_p <- x_root
///     allReduce       x_p <- sum_q x_q                          (or the greatest, the least)
///     reduceScatter   y_p <- block p of sum_q x_q               size blocks of equal length
///     allGather       y_p <- (x_0, …, x_{size-1})               parts of any lengths
///
/// Calls of one communicator come from one thread at a time.
public protocol Communicator: Sendable {
  /// This rank, in `0..<size`.
  var rank: Int { get }
  /// Number of ranks.
  var size: Int { get }
  /// What this rank has given away so far, here and in communicators split off from this one.
  var traffic: Traffic { get }

  /// `x <- x of root`.
  func startBroadcast<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, from root: Int
  ) throws(CommunicationError) -> any Transfer

  /// `x <- reduction of all ranks' x`, all of equal length.
  func startAllReduce<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, by reduction: Reduction
  ) throws(CommunicationError) -> any Transfer

  /// `block <- ` this rank's block of the reduction of all ranks' `x`, which has `size` of them.
  func startReduceScatter<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, into block: UnsafeMutableBufferPointer<T>, by reduction: Reduction
  ) throws(CommunicationError) -> any Transfer

  /// `all <- ` every rank's `x`, one after another; rank `p` gives `counts[p]` numbers.
  func startAllGather<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, into all: UnsafeMutableBufferPointer<T>, counts: [Int]
  ) throws(CommunicationError) -> any Transfer

  /// Sends a buffer to one rank. Messages from one rank to another under one tag arrive in order.
  func startSend<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, to rank: Int, tag: Int
  ) throws(CommunicationError) -> any Transfer

  /// Receives a buffer of known length from one rank.
  func startReceive<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, from rank: Int, tag: Int
  ) throws(CommunicationError) -> any Transfer

  /// Returns when every rank has come here.
  func barrier() throws(CommunicationError)

  /// The communicator of the ranks that give the same colour (at least 0), in the order of their keys, of
  /// ranks where keys are equal.
  func split(colour: Int, key: Int) throws(CommunicationError) -> any Communicator

  /// Ends all ranks because this one cannot go on; returns where that is up to the caller.
  func abandon(status: Int32)
}

extension Communicator {
  /// Whether this is the rank that writes and speaks.
  public var isRoot: Bool { rank == 0 }

  /// Fails if a part does not have the length that the others expect.
  func check(_ found: Int, _ expected: Int, _ what: String) throws(CommunicationError) {
    guard found == expected else { throw .size(what: what, expected: expected, found: found) }
  }
}
