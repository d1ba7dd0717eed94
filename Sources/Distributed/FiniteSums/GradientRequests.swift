import Lifted
import Tensors

/// The gradients of all ranks' parts as rank 0 knows them, and those that it waits for.
final class GradientRequests<S: TensorScalar & Transferable> {
  /// Weights that were sent to a rank at a step, and the place of its answer.
  private struct Request {
    let step: Int
    let due: Int
    let answer: Parcel<S>
  }

  private let part: LayerProblem<S>
  private let communicator: any Communicator
  private let pool: WorkerPool
  private var gradients: [[Tensor<S>]]
  /// The steps at whose weights the gradients were computed.
  private var stamps: [Int]
  private var open: [[Request]]
  private var underway: [Parcel<S>] = []

  /// Gradients that rank 0 computed itself.
  private(set) var ownAnswers = 0

  init(
    _ part: LayerProblem<S>, _ theta: [Tensor<S>], with communicator: any Communicator,
    on pool: WorkerPool
  ) {
    (self.part, self.communicator, self.pool) = (part, communicator, pool)
    let zero = theta.map { Tensor<S>(shape: $0.shape) }
    gradients = Array(repeating: zero, count: communicator.size)
    stamps = Array(repeating: 0, count: communicator.size)
    open = Array(repeating: [], count: communicator.size)
  }

  /// The sum over ranks, in their order.
  var sum: [Tensor<S>] {
    gradients.dropFirst().reduce(into: gradients[0]) { sum, gradient in
      for slot in sum.indices { sum[slot].combine(1, 1, gradient[slot]) }
    }
  }

  /// The greatest age of a gradient at a step.
  func greatestAge(at step: Int) -> Int { stamps.map { step - $0 }.max() ?? 0 }

  /// Asks for new gradients and takes those that have come, as the schedule says. At step 0 all ranks
  /// answer.
  func renew(
    _ arrivals: Arrivals, at theta: [Tensor<S>], step: Int
  ) throws(CommunicationError) {
    let ranks = gradients.indices
    switch arrivals {
    case _ where step == 0:
      for rank in ranks { try request(rank, theta, step: 0, due: 0) }
      for rank in ranks { try take(rank) }
    case .scheduled(let period, let delays):
      for rank in ranks where (step - 1 - rank) % period == 0 {
        try request(rank, theta, step: step, due: step + delays[rank % delays.count])
      }
      for rank in ranks { while open[rank].first?.due == step { try take(rank) } }
    case .asTheyCome(let bound):
      for rank in ranks {
        guard !open[rank].isEmpty else {
          try request(rank, theta, step: step, due: step)
          continue
        }
        let isThere = try open[rank][0].answer.isDone()
        if isThere || step - stamps[rank] > bound {
          try take(rank)
          try request(rank, theta, step: step, due: step)
        }
      }
    }
    var left: [Parcel<S>] = []
    for parcel in underway where try !parcel.isDone() { left.append(parcel) }
    underway = left
  }

  private func request(
    _ rank: Int, _ theta: [Tensor<S>], step: Int, due: Int
  ) throws(CommunicationError) {
    guard rank > 0 else {
      ownAnswers += 1
      let answer = Parcel(part.gradient(at: theta, on: pool))
      open[0].append(Request(step: step, due: due, answer: answer))
      return
    }
    let weights = Parcel(theta)
    try weights.send(to: rank, tag: RankPIAGTag.weights, with: communicator)
    underway.append(weights)
    let answer = Parcel<S>(shapes: theta.map(\.shape))
    try answer.receive(from: rank, tag: RankPIAGTag.gradient, with: communicator)
    open[rank].append(Request(step: step, due: due, answer: answer))
  }

  private func take(_ rank: Int) throws(CommunicationError) {
    let request = open[rank].removeFirst()
    try request.answer.wait()
    (gradients[rank], stamps[rank]) = (request.answer.contents.tensors, request.step)
  }

  /// Waits for what is open, and sends every rank the last weights.
  func dismiss(with theta: [Tensor<S>]) throws(CommunicationError) {
    for rank in gradients.indices {
      for request in open[rank] { try request.answer.wait() }
      guard rank > 0 else { continue }
      let last = Parcel(theta, isMarked: true)
      try last.send(to: rank, tag: RankPIAGTag.weights, with: communicator)
      underway.append(last)
    }
    for parcel in underway { try parcel.wait() }
  }
}
