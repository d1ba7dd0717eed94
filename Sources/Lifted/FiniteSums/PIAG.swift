import Tensors

/// The proximal incremental aggregated gradient method on the weight block of a layer.
///
///     W <- prox_{eta R}( W - eta 1/n sum_i g_i^old ),   then one part of the samples anew, in turn
///
/// With the samples in `K + 1` parts no gradient is older than `K` steps. Bounded age is all that is
/// assumed, so the same step serves workers that answer when they can. It must be short: with
/// `eta = 1/(L (2 K + 1))`, `L` of the mean, the method converges; a step fit for one sample's gradient,
/// `1/L_max`, may be too long once `K` is large, and then it diverges.
///
/// Cost of a step: one gradient on a part and a pass over the weights.
///
/// Source: Aytekin, Feyzmahdavian and Johansson, arXiv 1610.05507, 2016.
public struct PIAG: Sendable {
  /// Parts `K + 1` of the samples, at least 1.
  public let parts: Int
  /// The step `eta`; `nil` for `1/(L (2 K + 1))`.
  public let stepSize: Double?

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(parts: Int, stepSize: Double? = nil) throws(SolverError) {
    guard parts >= 1 else {
      throw .outOfRange(parameter: "parts", value: Double(parts), admissible: "at least 1")
    }
    if let stepSize { try SolverError.requirePositive(stepSize, "stepSize") }
    (self.parts, self.stepSize) = (parts, stepSize)
  }

  /// Where the iteration is.
  public struct State<S: TensorScalar>: Sendable, Equatable {
    /// The layer's parameters.
    public internal(set) var theta: [Tensor<S>]
    /// The gradients as last computed.
    public internal(set) var table: ResidualTable<S>
    /// The step `eta` that is taken.
    public let stepSize: Double
    /// Steps taken.
    public internal(set) var steps = 0
  }

  /// The state at a point. Cost: one gradient over all samples.
  public func start<S: TensorScalar>(
    from theta: [Tensor<S>], _ problem: LayerProblem<S>, on pool: WorkerPool
  ) -> State<S> {
    let delay = Double(min(parts, problem.samples) - 1)
    return State(
      theta: theta, table: ResidualTable(problem, at: theta, on: pool),
      stepSize: stepSize ?? 1 / (problem.meanLipschitz(on: pool) * (2 * delay + 1)))
  }

  /// One step along the aggregate, then the next part's gradients.
  public func step<S: TensorScalar>(
    _ state: inout State<S>, _ problem: LayerProblem<S>, on pool: WorkerPool
  ) {
    problem.descend(&state.theta, along: state.table.mean, step: state.stepSize)
    let parts = min(self.parts, problem.samples)
    let rows = problem.rows(ofPart: state.steps % parts, of: parts)
    _ = state.table.refresh(rows, problem, at: state.theta, on: pool)
    state.steps += 1
  }
}
