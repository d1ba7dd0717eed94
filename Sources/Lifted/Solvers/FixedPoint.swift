import Tensors

/// LPOM's fixed-point iteration, the mirror step without damping:
///
///     x <- sigma(a - kappa A^* R(x)),   kappa = lambda_{l+1} / lambda_l
///
/// Converges where `kappa ||A||^2 < 1` and may blow up otherwise, so it asks for a norm constraint that
/// makes this certain, `kappa radius^2 < 1`. Where it holds, it is faster than ``MirrorStep``.
///
/// Source: Li, Fang and Lin, AAAI 2019 (LPOM), the sufficient condition in the spectral norm.
public struct FixedPoint: VariableSolver {
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 5) throws(SolverError) {
    try requireSteps(steps)
    self.steps = steps
  }

  public func checkVariables(of energy: Energy) throws(SolverError) {
    try energy.requireMirrorForm()
    guard let radius = energy.weightPenalty.radius else {
      throw .unsuitable(
        "the fixed-point iteration may diverge without a bound on the weights; set weightRadius, "
          + "or use mirror")
    }
    for l in 1..<max(energy.network.depth, 1) {
      let rate = energy.weights[l] / energy.weights[l - 1] * radius * radius
      guard rate < 1 else {
        throw .unsuitable(
          "the fixed-point iteration of layer \(l) has the rate \(rate), which is not below 1: make "
            + "weightRadius or the next layer's weight smaller, or use mirror")
      }
    }
  }

  public func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) {
    // Weights given from outside may lie beyond the radius at first: then damped steps.
    block.mirrorSteps(steps, &x, &memory, damping: { $0 < 1 ? 1 : 1 / (1 + $0) })
  }
}
