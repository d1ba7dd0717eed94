import Tensors

/// All that minibatch training remembers: save it, restore it, and training goes on bit for bit.
public struct TrainingState<S: TensorScalar>: Sendable, Equatable {
  /// The parameters.
  public var theta: Parameters<S>
  /// What each layer's update remembers: `moments[l - 1][k]` has the shapes of the parameters.
  public var moments: [[[Tensor<S>]]]
  /// What else each layer's update remembers, in shapes of its own.
  public var memory: [[Tensor<S>]]
  /// What the method keeps of every sample, one row for each; empty before the first step.
  public var kept: [Tensor<S>] = []
  /// Steps that each layer's update has taken.
  public var layerSteps: [Int]
  /// Counters and sums.
  public var progress: TrainingProgress

  /// The state before the first step, moments zero.
  /// - Parameters:
  ///   - theta: the initial parameters.
  ///   - counts: moments that each layer's update keeps.
  ///   - memory: the shapes of what else it keeps; empty for nothing in any layer.
  ///   - nudge: the weight of the loss at the start.
  public init(
    _ theta: Parameters<S>, moments counts: [Int], memory: [[[Int]]] = [], nudge: Double
  ) {
    self.theta = theta
    moments = zip(theta.layers, counts).map { WeightBlock($0, moments: $1).moments }
    self.memory = counts.indices.map { l in
      memory.isEmpty ? [] : memory[l].map { Tensor(shape: $0) }
    }
    layerSteps = Array(repeating: 0, count: counts.count)
    progress = TrainingProgress(nudge: nudge)
  }

  /// Moves layer `l`'s block out, lets `body` work on it, and puts it back.
  mutating func withBlock(
    ofLayer l: Int, _ body: (inout WeightBlock<S>) throws(SolverError) -> Void
  ) throws(SolverError) {
    var block = takeBlock(ofLayer: l)
    defer { putBack(block, ofLayer: l) }
    try body(&block)
  }

  /// Moves layer `l`'s block out.
  mutating func takeBlock(ofLayer l: Int) -> WeightBlock<S> {
    var block = WeightBlock<S>([], moments: 0)
    swap(&block.theta, &theta.layers[l - 1])
    swap(&block.moments, &moments[l - 1])
    swap(&block.memory, &memory[l - 1])
    block.steps = layerSteps[l - 1]
    return block
  }

  /// Puts it back.
  mutating func putBack(_ block: WeightBlock<S>, ofLayer l: Int) {
    (theta.layers[l - 1], moments[l - 1]) = (block.theta, block.moments)
    (memory[l - 1], layerSteps[l - 1]) = (block.memory, block.steps)
  }
}

/// The scalars of a ``TrainingState``.
public struct TrainingProgress: Sendable, Equatable, Codable {
  /// Steps taken.
  public var step = 0
  /// Whole epochs done.
  public var epoch = 0
  /// Samples used of the present epoch.
  public var samplesOfEpoch = 0
  /// Gradients of the energy in every free block, each on one minibatch.
  public var gradientEvaluations = 0
  /// Sum over the epoch's samples so far of the loss before each step.
  public var lossOfEpoch = 0.0
  /// The present weight `beta` of the loss.
  public var nudge: Double
  /// The present weights `lambda_l` of a method that lets them grow.
  public var layerWeights: [Double]?
  /// What a method that minimises one energy saw after the last step of the last epoch; `nil` where the
  /// energy was not finite.
  public var diagnosis: EnergyDiagnosis?
  /// Epochs in a row, up to the last, in which that energy rose under the same weights.
  private(set) var increases: Int?

  /// Before the first step.
  public init(nudge: Double) { self.nudge = nudge }

  /// Counts a step's samples; whether they were the last of their epoch.
  package mutating func advance(by count: Int, of samples: Int) -> Bool {
    samplesOfEpoch += count
    guard samplesOfEpoch >= samples else { return false }
    samplesOfEpoch = 0
    epoch += 1
    return true
  }

  /// Takes note of how an epoch ended, and lets the weights `lambda_l` grow.
  mutating func conclude(
    _ diagnosis: EnergyDiagnosis, weights: [Double],
    growing grown: (_ increases: Int) -> [Double]
  ) {
    let rose = self.diagnosis.map { diagnosis.objective > $0.objective } ?? false
    let increases = rose ? (self.increases ?? 0) + 1 : 0
    (self.diagnosis, self.increases) = (nil, increases)
    guard diagnosis.objective.isFinite else { return }
    self.diagnosis = diagnosis
    let next = grown(increases)
    if next != weights { (layerWeights, self.increases) = (next, 0) }
  }
}
