import Tensors

/// Tensors and a mark, one after another in memory that stays in place while they travel.
package final class Parcel<S: TensorScalar & Transferable> {
  private let buffer: UnsafeMutableBufferPointer<S>
  private let shapes: [[Int]]
  private var transfer: (any Transfer)?
  private var isUnderway = false

  /// Room for tensors of such shapes, and for a mark behind them.
  package init(shapes: [[Int]]) {
    self.shapes = shapes
    buffer = .allocate(capacity: shapes.reduce(1) { $0 + $1.reduce(1, *) })
    buffer.initialize(repeating: 0)
  }

  /// Tensors, ready to travel.
  package convenience init(_ tensors: [Tensor<S>], isMarked: Bool = false) {
    self.init(shapes: tensors.map(\.shape))
    var start = 0
    for tensor in tensors {
      tensor.withPointer { source in
        buffer.baseAddress.map { ($0 + start).update(from: source, count: tensor.count) }
      }
      start += tensor.count
    }
    buffer[start] = isMarked ? 1 : 0
  }

  /// A transfer that was given up may still write: its memory is left to it.
  deinit { if !isUnderway { buffer.deallocate() } }

  /// Sends them; the parcel has to live until ``isDone()``.
  package func send(
    to rank: Int, tag: Int, with communicator: any Communicator
  ) throws(CommunicationError) {
    isUnderway = true
    transfer = try communicator.startSend(UnsafeBufferPointer(buffer), to: rank, tag: tag)
  }

  /// Has them filled by another rank.
  package func receive(
    from rank: Int, tag: Int, with communicator: any Communicator
  ) throws(CommunicationError) {
    isUnderway = true
    transfer = try communicator.startReceive(buffer, from: rank, tag: tag)
  }

  /// Replaces them by their sums over all ranks.
  func allReduce(with communicator: any Communicator) throws(CommunicationError) {
    isUnderway = true
    transfer = try communicator.startAllReduce(buffer, by: .sum)
    try wait()
  }

  /// Whether they have arrived.
  func isDone() throws(CommunicationError) -> Bool {
    if try transfer?.isDone() ?? true { isUnderway = false }
    return !isUnderway
  }

  /// Returns when they have arrived.
  package func wait() throws(CommunicationError) {
    try transfer?.wait()
    isUnderway = false
  }

  /// What has arrived.
  package var contents: (tensors: [Tensor<S>], isMarked: Bool) {
    var start = 0
    let tensors = shapes.map { shape in
      var tensor = Tensor<S>(shape: shape)
      let count = tensor.count
      tensor.withMutablePointer { target in
        buffer.baseAddress.map { target.update(from: $0 + start, count: count) }
      }
      start += count
      return tensor
    }
    return (tensors, buffer[start] != 0)
  }
}
