import Tensors

/// Proximal SAGA on the weight block of a layer.
///
///     draw a batch b,   W <- prox_{eta R}( W - eta (g_b - g_b^old + mean g^old) )
///
/// `g_b` is the mean gradient of a batch of consecutive samples, `g^old` the gradients as last computed.
/// Unbiased with a variance that vanishes at the minimiser, so it converges with a constant step,
/// linearly where the sum is strongly convex. Cost of a step: one gradient on a batch and three passes
/// over the weights; memory: one residual for each sample.
///
/// Source: Defazio, Bach and Lacoste-Julien, NeurIPS 2014.
public struct ProxSAGA: Sendable {
  /// The step `eta`; `nil` for `1/(3 L_max)`.
  public let stepSize: Double?
  /// Samples of a step, at least 1; the last batch may be smaller.
  public let batchSize: Int
  /// The root seed of the draws.
  public let seed: UInt64

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    stepSize: Double? = nil, batchSize: Int = 1, seed: UInt64 = 1
  ) throws(SolverError) {
    if let stepSize { try SolverError.requirePositive(stepSize, "stepSize") }
    guard batchSize >= 1 else {
      throw .outOfRange(
        parameter: "batchSize", value: Double(batchSize), admissible: "at least 1")
    }
    (self.stepSize, self.batchSize, self.seed) = (stepSize, batchSize, seed)
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
    // A batch of `b` samples, drawn once in `batches` steps, stands for `batches b / n` samples.
    let share =
      Double(batches(of: problem.samples) * min(batchSize, problem.samples))
      / Double(problem.samples)
    return State(
      theta: theta, table: ResidualTable(problem, at: theta, on: pool),
      stepSize: stepSize ?? 1 / (3 * share * problem.greatestSampleLipschitz(on: pool)))
  }

  private func batches(of samples: Int) -> Int { (samples + batchSize - 1) / batchSize }

  /// One step on a batch that is a function of seed and step alone.
  public func step<S: TensorScalar>(
    _ state: inout State<S>, _ problem: LayerProblem<S>, on pool: WorkerPool
  ) {
    let batches = batches(of: problem.samples)
    var stream = RandomStream(seed: seed, .dataOrder, lane: UInt64(state.steps))
    let first = Int(stream.next() % UInt64(batches)) * batchSize
    let rows = first..<min(first + batchSize, problem.samples)
    var direction = state.table.mean
    let change = state.table.refresh(rows, problem, at: state.theta, on: pool)
    // The change of the mean over n samples; each batch is drawn once in so many steps.
    for slot in direction.indices { direction[slot].combine(1, S(batches), change[slot]) }
    problem.descend(&state.theta, along: direction, step: state.stepSize)
    state.steps += 1
  }
}
