import Lifted
import Tensors

/// The ranks before and after this one, which own the layers below and above.
final class RankNeighbours<S: TensorScalar & Transferable>: LayerNeighbours {
  private let communicator: any Communicator
  /// What has been sent and may not have arrived.
  private var sent: [PendingTensor<S>] = []
  private var norms: [PendingTensor<Double>] = []

  init(_ communicator: any Communicator) { self.communicator = communicator }

  func giveBelow(_ pull: Tensor<S>, _ squaredNorm: Double) throws {
    let rank = communicator.rank - 1
    sent.append(try communicator.startSend(pull, to: rank, tag: Tag.pull.rawValue))
    norms.append(
      try communicator.startSend(
        Tensor(rows: [[squaredNorm]]), to: rank, tag: Tag.norm.rawValue))
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
    sent.append(try communicator.startSend(x, to: rank, tag: Tag.variable.rawValue))
  }

  func takeFromBelow(_ shape: [Int]) throws -> Tensor<S> {
    var x = Tensor<S>(shape: shape)
    try communicator.receive(&x, from: communicator.rank - 1, tag: Tag.variable.rawValue)
    return x
  }

  /// Returns when all that was sent has left.
  func finish() throws(CommunicationError) {
    for message in sent { try message.finish() }
    for message in norms { try message.finish() }
    (sent, norms) = ([], [])
  }
}

/// What is told apart between two ranks.
private enum Tag: Int {
  case pull = 11
  case norm, variable
}
