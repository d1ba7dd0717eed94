import Lifted
import Tensors

/// The proximal incremental aggregated gradient method with bounded delay, the samples on different ranks.
///
///     W <- prox_{eta R}( W - eta sum_p g_p ),   g_p the part of rank p at weights at most K steps old
///
/// Rank 0 takes the steps. It sends weights to the others and goes on; their gradients enter when they
/// arrive, as ``Arrivals`` says. Gradients of old weights point past the minimiser: the step of the theory
/// is `eta = 1/(L (2 K + 1))`, with which it converges for every convex sum. How much longer a step may be
/// depends on the problem. For a quadratic with all gradients exactly `K` steps old it diverges at
/// `eta >= 2 sin(pi / (4 K + 2)) / L`, some 3 times the theory's step, and not below.
///
/// Rank 0 sends `N + 1` numbers for each request, the others `N + 1` for each answer, `N` those of the
/// layer's parameters, and once one double each for `L`.
///
/// Source: Aytekin, Feyzmahdavian and Johansson, arXiv 1610.05507, 2016. The limit for the quadratic is where
/// a root of `z^(K+1) - z^K + eta L` leaves the unit disc.
public struct RankPIAG: Sendable {
  /// When gradients enter.
  public let arrivals: Arrivals
  /// The step `eta`; `nil` for `1/(L (2 K + 1))`, `L` bounded by the sum of the ranks' `L_p`.
  public let stepSize: Double?

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(arrivals: Arrivals, stepSize: Double? = nil) throws(SolverError) {
    try arrivals.check()
    if let stepSize, !(stepSize > 0 && stepSize.isFinite) {
      throw .outOfRange(parameter: "stepSize", value: stepSize, admissible: "greater than 0")
    }
    (self.arrivals, self.stepSize) = (arrivals, stepSize)
  }

  /// What a run came to, the same on every rank but for ``answers``.
  public struct Outcome<S: TensorScalar>: Sendable {
    /// The layer's parameters.
    public let theta: [Tensor<S>]
    /// The step `eta` that was taken.
    public let stepSize: Double
    /// Gradients that this rank computed.
    public let answers: Int
    /// The greatest age, in steps, of a gradient that was used; known to rank 0, 0 elsewhere.
    public let greatestAge: Int
  }

  /// Steps from a point that all ranks share.
  /// - Parameter part: this rank's samples, of the same whole as the others'.
  /// - Throws: ``CommunicationError``.
  public func solve<S: TensorScalar & Transferable>(
    from theta: [Tensor<S>], _ part: LayerProblem<S>, steps: Int,
    with communicator: any Communicator, on pool: WorkerPool
  ) throws(CommunicationError) -> Outcome<S> {
    let lipschitz = try communicator.allReduce(
      [part.partLipschitz(of: 0..<part.samples, on: pool)])
    let stepSize = stepSize ?? 1 / (lipschitz[0] * Double(2 * arrivals.bound + 1))
    guard communicator.isRoot else {
      let (theta, answers) = try answer(theta, part, with: communicator, on: pool)
      return Outcome(theta: theta, stepSize: stepSize, answers: answers, greatestAge: 0)
    }
    let gradients = GradientRequests(part, theta, with: communicator, on: pool)
    var (theta, greatestAge) = (theta, 0)
    for step in 0..<steps {
      try gradients.renew(arrivals, at: theta, step: step)
      greatestAge = max(greatestAge, gradients.greatestAge(at: step))
      part.descend(&theta, along: gradients.sum, step: stepSize)
    }
    try gradients.dismiss(with: theta)
    return Outcome(
      theta: theta, stepSize: stepSize, answers: gradients.ownAnswers, greatestAge: greatestAge)
  }

  /// Answers weights by gradients until the last weights come.
  private func answer<S: TensorScalar & Transferable>(
    _ theta: [Tensor<S>], _ part: LayerProblem<S>, with communicator: any Communicator,
    on pool: WorkerPool
  ) throws(CommunicationError) -> (theta: [Tensor<S>], answers: Int) {
    var (underway, answers) = ([Parcel<S>](), 0)
    while true {
      let request = Parcel<S>(shapes: theta.map(\.shape))
      try request.receive(from: 0, tag: RankPIAGTag.weights, with: communicator)
      try request.wait()
      let (weights, isLast) = request.contents
      if isLast {
        for parcel in underway { try parcel.wait() }
        return (weights, answers)
      }
      let gradient = Parcel(part.gradient(at: weights, on: pool))
      try gradient.send(to: 0, tag: RankPIAGTag.gradient, with: communicator)
      answers += 1
      var open: [Parcel<S>] = []
      for parcel in underway + [gradient] where try !parcel.isDone() { open.append(parcel) }
      underway = open
    }
  }
}

/// What messages are about.
enum RankPIAGTag {
  static let (weights, gradient) = (1, 2)
}

extension LayerProblem {
  /// `1/n sum_i grad f_i` over the samples that are here.
  func gradient(at theta: [Tensor<S>], on pool: WorkerPool) -> [Tensor<S>] {
    let all = 0..<samples
    return gradient(of: residual(of: all, at: theta, on: pool), all, on: pool)
  }
}
