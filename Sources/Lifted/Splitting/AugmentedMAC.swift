import Proximal
import Tensors

/// MAC with a multiplier for every hidden layer, an exact penalty: predictive coding by augmented
/// Lagrangian.
///
///     B(y, z_L) + sum_{l<L} [<p_l, x_l - sigma(z_l)> + rho/2 ||x_l - sigma(z_l)||^2],
///     z_l = A_l x_{l-1} + b_l
///
/// Where variables and multipliers are at rest, `x_l = sigma(z_l)` and
/// `p_l = A_{l+1}^* (sigma'(z_{l+1}) p_{l+1})`: minus the errors of back-propagation. The one
/// formulation here that differentiates the activation. Blocks are not convex: variables take gradient
/// steps and weights implicit steps with the anchor `1/(2 tau)`, halved until the block falls.
/// Cost of a sweep: per layer about two products for each of `steps`, and five for the weights with
/// their Cholesky factorisation.
///
/// Source: Carreira-Perpinan and Wang, AISTATS 2014, for MAC; multipliers as in PC-ALM, arXiv
/// 2605.31022, 2026.
public struct AugmentedMAC: Splitting {
  /// `tau > 0`.
  public let tau: Double
  /// Gradient steps of the hidden variables, backwards through the layers each time, at least 1.
  public let steps: Int

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(tau: Double, steps: Int) throws(SolverError) {
    try SolverError.requirePositive(tau, "tau")
    try requireSteps(steps)
    (self.tau, self.steps) = (tau, steps)
  }

  /// Multipliers of the hidden layers, no pre-activations.
  public var variables: SplitVariables {
    SplitVariables(hasPreactivations: false, multipliers: .hidden)
  }

  /// Hidden activations must have a derivative, and layers no regulariser.
  public func check(_ network: Network) throws(SolverError) {
    for layer in network.layers.dropLast() {
      guard layer.activation is any DifferentiableActivation else {
        throw .unsuitable(
          "augmentedMAC needs the derivative of \(type(of: layer.activation)), which is not known; "
            + "take bregmanADMM or make the activation a DifferentiableActivation")
      }
      try refuseRegulariser(of: layer)
    }
  }

  public func value<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double {
    let terms = AugmentedTerms<S>(task)
    let z = terms.preactivations(point, on: pool)
    var (sum, penalty) = (0.0, 0.0)
    for l in 1...task.network.depth {
      sum += terms.value(l, point, at: z[l], on: pool)
      if l < task.network.depth { sum -= point.p[l].squaredNorm / (2 * task.rho) }
      penalty += task.weightPenalty.value(
        of: point.theta.layers[l - 1], task.network.layers[l - 1].stage)
    }
    return sum / Double(point.x[0].rows) + penalty
  }

  public func stationarity<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double? {
    AugmentedTerms<S>(task).stationarity(point, tau: tau, on: pool)
  }

  /// `x_{L-1}, …, x_1` as often as ``steps`` says, `theta_L, …, theta_1`, then all `p_l`.
  public func sweep<S: TensorScalar>(
    _ point: inout SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) throws(SolverError) {
    let (terms, depth) = (AugmentedTerms<S>(task), task.network.depth)
    var z = terms.preactivations(point, on: pool)
    for _ in 0..<steps {
      for l in stride(from: depth - 1, through: 1, by: -1) {
        terms.stepVariable(l, &point, &z, on: pool)
      }
    }
    for l in stride(from: depth, through: 1, by: -1) {
      try terms.stepWeights(l, tau: tau, &point, &z, on: pool)
    }
    for l in 1..<depth { terms.updateMultiplier(l, &point, at: z[l], on: pool) }
  }
}
