import Tensors

/// A formulation of training that gives pre-activations, constraints or both variables of their own.
///
/// Beside the weights and the activations `x_l` there are pre-activations `z_l` or multipliers `p_l`,
/// so that each block has a minimiser in closed form or nearly so. All are set side by side by
/// ``SplittingTraining``:
///
///     ThreeSplitting   quadratic penalties on z_l = A_l x_{l-1} + b_l and x_l = sigma(z_l)
///     TaylorADMM       the same, with a multiplier at the output
///     DeepADMM         the same again, by gradient steps instead of least squares
///     BregmanADMM      multipliers on every z_l = A_l x_{l-1} + b_l, Bregman penalty on x_l, z_l
///     AugmentedMAC     multipliers on every x_l = sigma(A_l x_{l-1} + b_l), no z_l
///
/// The output is the target in all of them: the loss is the Bregman penalty `B(y, z_L)` of the head,
/// half the squared error for the identity, cross-entropy for softmax.
public protocol Splitting: Sendable {
  /// The variables beside `x_1, …, x_{L-1}`.
  var variables: SplitVariables { get }
  /// Whether it uses the schedule's factor, ``SplitTask/stepFactor``.
  var followsSchedule: Bool { get }

  /// Whether the blocks of this network have the minimisers that are needed.
  /// - Throws: ``SolverError`` with the reason if not.
  func check(_ network: Network) throws(SolverError)

  /// The mean over samples of what the primal blocks lower: the augmented Lagrangian.
  func value<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double

  /// How far the point is from being stationary: the largest of the norms, over all blocks, of the
  /// proximal gradient or of what stands for it, those of variables over the square root of the samples.
  /// Zero exactly where a sweep leaves everything in its place; `nil` if it is not defined.
  func stationarity<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double?

  /// One update of every primal block, then of the multipliers.
  /// - Throws: ``SolverError/notPositiveDefinite(what:)`` when it has diverged.
  func sweep<S: TensorScalar>(
    _ point: inout SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) throws(SolverError)
}

extension Splitting {
  /// Yes: it shortens the anchor's `tau`.
  public var followsSchedule: Bool { true }

  /// Not defined.
  public func stationarity<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double? { nil }
}

/// What a ``Splitting`` is applied to.
public struct SplitTask: Sendable {
  /// The layers.
  public let network: Network
  /// The weight `rho > 0` of the constraints.
  public let rho: Double
  /// `R`.
  public let weightPenalty: WeightPenalty
  /// The factor of the schedule on the anchor's `tau`.
  public let stepFactor: Double

  /// A task of given parts.
  public init(
    _ network: Network, rho: Double, weightPenalty: WeightPenalty = .none, stepFactor: Double = 1
  ) {
    (self.network, self.rho) = (network, rho)
    (self.weightPenalty, self.stepFactor) = (weightPenalty, stepFactor)
  }
}

/// Which variables a ``Splitting`` has beside the weights and `x_1, …, x_{L-1}`.
public struct SplitVariables: Sendable, Equatable {
  /// Layers with a multiplier.
  public enum Multipliers: Sendable, Equatable {
    /// No layer: a quadratic penalty alone.
    case none
    /// The last.
    case output
    /// All but the last.
    case hidden
    /// All.
    case all
  }

  /// Whether there are pre-activations `z_1, …, z_L`.
  public let hasPreactivations: Bool
  /// Which layers have a multiplier.
  public let multipliers: Multipliers

  /// A set of variables.
  public init(hasPreactivations: Bool, multipliers: Multipliers) {
    (self.hasPreactivations, self.multipliers) = (hasPreactivations, multipliers)
  }

  /// The layers with a multiplier in a network of so many.
  func multiplierLayers(depth: Int) -> Range<Int> {
    switch multipliers {
    case .none: 1..<1
    case .output: depth..<(depth + 1)
    case .hidden: 1..<depth
    case .all: 1..<(depth + 1)
    }
  }

  /// The widths of `x_1, …, x_{L-1}`, then of the pre-activations, then of the multipliers.
  func widths(in network: Network) -> [Int] {
    let (depth, widths) = (network.depth, network.widths)
    return widths[1..<depth] + (hasPreactivations ? widths[1...depth] : [])
      + multiplierLayers(depth: depth).map { widths[$0] }
  }
}
