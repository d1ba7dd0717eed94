import Lifted
import Tensors

/// The ranks before and after this one, which own the layers below and above.
final class RankNeighbours<S: TensorScalar & Transferable>: LayerNeighbours {
  private let communicator: any Communicator
  /// What has been sent and may not have arrived.
  private var sent: [PendingSend<S>] = []

  init(_ communicator: any Communicator) { self.communicator = communicator }

  func giveBelow(_ pull: Tensor<S>, _ squaredNorm: Double) throws {
    let rank = communicator.rank - 1
    sent.append(
      try PendingSend(pull, squaredNorm) { pull, norm throws(CommunicationError) in
        [
          try communicator.startSend(pull, to: rank, tag: Tag.pull.rawValue),
          try communicator.startSend(norm, to: rank, tag: Tag.norm.rawValue),
        ]
      })
  }

  func takeFromAbove(_ shape: [Int]) throws -> (pull: Tensor<S>, squaredNorm: Double) {
    let rank = communicator.rank + 1
    var (pull, norm) = (Tensor<S>(shape: shape), Tensor<Double>(shape: [1]))
    try communicator.receive(&pull, from: rank, tag: Tag.pull.rawValue)
    try communicator.receive(&norm, from: rank, tag: Tag.norm.rawValue)
    return (pull, norm.scalars[0])
  }

  func giveAbove(_ x: Tensor<S>) throws {
    let rank = communicator.rank + 1
    sent.append(
      try PendingSend(x, 0) { x, _ throws(CommunicationError) in
        [try communicator.startSend(x, to: rank, tag: Tag.variable.rawValue)]
      })
  }

  func takeFromBelow(_ shape: [Int]) throws -> Tensor<S> {
    var x = Tensor<S>(shape: shape)
    try communicator.receive(&x, from: communicator.rank - 1, tag: Tag.variable.rawValue)
    return x
  }

  /// Returns when all that was sent has left.
  func finish() throws(CommunicationError) {
    for send in sent { try send.wait() }
    sent = []
  }
}

/// What is told apart between two ranks.
private enum Tag: Int {
  case pull = 11
  case norm, variable
}

/// Buffers on their way.
private final class PendingSend<S: TensorScalar & Transferable> {
  private let values: UnsafeMutableBufferPointer<S>
  private let number: UnsafeMutableBufferPointer<Double>
  private var transfers: [any Transfer] = []

  init(
    _ x: Tensor<S>, _ number: Double,
    start: (UnsafeBufferPointer<S>, UnsafeBufferPointer<Double>) throws(CommunicationError)
      -> [any Transfer]
  ) throws(CommunicationError) {
    values = .allocate(capacity: x.count)
    self.number = .allocate(capacity: 1)
    self.number.initialize(repeating: number)
    x.withPointer { values.baseAddress?.initialize(from: $0, count: x.count) }
    transfers = try start(UnsafeBufferPointer(values), UnsafeBufferPointer(self.number))
  }

  /// What nobody has waited for may still be read: it is left where it is.
  deinit {
    guard transfers.isEmpty else { return }
    values.deallocate()
    number.deallocate()
  }

  func wait() throws(CommunicationError) {
    for transfer in transfers { try transfer.wait() }
    transfers = []
  }
}
