import Proximal
import Tensors

/// The penalty of the first lifted networks.
///
///     1/2 ||y - z||^2 + Psi(y) = ( -<y, z> + 1/2 ||z||^2 ) + Phi(y) = B(y, z) + M_Psi(z)
///     grad_z = z - y
///
/// Biased: its minimiser in `y` is `sigma(z)`, but there it is worth the Moreau envelope `M_Psi(z)`, for
/// the rectifier `1/2 ||min(z, 0)||^2`. Weights that are trained by it are pulled towards networks that
/// are linear on the data; the difference of two phases takes the bias away (``ContrastivePhases``).
///
/// Source: Askari, Negiar, Sambharya and El Ghaoui, arXiv 1805.01532, 2018, for the rectifier; Zach and
/// Estellers, BMVC 2019, for convex sets.
public struct LiftedPenalty: Penalty {
  /// The penalty; it has no parameters, the activation of each layer decides.
  public init() {}

  /// 1.
  public var preactivationLipschitz: Double? { 1 }

  public func value<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation, count: Int
  ) -> S {
    var square: S = 0
    for i in 0..<count { square += (y[i] - z[i]) * (y[i] - z[i]) }
    return square / 2 + activation.value(of: y, count: count)
  }

  public func gradientInPreactivation<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    S.combine(1, z, -1, y, into: out, count: count)
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
    BregmanPenalty().prox(
      of: v, step: step, weight: weight, activation, regulariser, into: out, count: count)
  }
}
