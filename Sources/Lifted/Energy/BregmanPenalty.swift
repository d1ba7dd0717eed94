import Proximal
import Tensors

/// The lifted Bregman (Fenchel-Young) penalty.
///
///     B(y, z) = Phi(y) + Phi^*(z) - <y, z>,   grad_z B = sigma(z) - y,   smooth part in y: -<y, z>
///     G = Phi = 1/2 ||.||^2 + Psi
///
/// Zero exactly where `y = sigma(z)`, convex in `y` and in `z`, and never differentiates the activation.
///
/// Source: Wang and Benning, JMLR 24(232), 2023.
public struct BregmanPenalty: Penalty {
  /// The penalty; it has no parameters, the activation of each layer decides.
  public init() {}

  /// 1: `sigma` is a proximal map.
  public var preactivationLipschitz: Double? { 1 }

  public func value<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation, count: Int
  ) -> S {
    activation.bregman(y, z, count: count)
  }

  public func gradientInPreactivation<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    activation.activate(z, into: out, count: count)
    S.combine(1, out, -1, y, into: out, count: count)
  }

  public func smoothGradientInVariable<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    S.combine(-1, z, 0, z, into: out, count: count)
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    if let regulariser {
      regulariser.prox(of: v, step: step, weight: weight, activation, into: out, count: count)
    } else {
      activation.proxPhi(of: v, step: step * weight, into: out, count: count)
    }
  }
}
