import Proximal
import Tensors

/// The quadratic penalty of the method of auxiliary coordinates.
///
///     1/2 ||y - sigma(z)||^2 = ( -<y, sigma(z)> + 1/2 ||sigma(z)||^2 ) + 1/2 ||y||^2
///     grad_z = sigma'(z)^T (sigma(z) - y),   G = 1/2 ||.||^2, without the domain of Psi
///
/// Zero exactly where `y = sigma(z)`, but not convex in `z`, whose gradient has no Lipschitz constant
/// that holds everywhere; and it is the only penalty that differentiates the activation.
///
/// Source: Carreira-Perpinan and Wang, AISTATS 2014.
public struct MACPenalty: Penalty {
  /// The penalty; its weight is that of the layer.
  public init() {}

  /// None.
  public var preactivationLipschitz: Double? { nil }

  /// The activation's derivative must be known.
  /// - Throws: ``SolverError/unsuitable(_:)``.
  public func check(_ layer: Layer) throws(SolverError) {
    guard layer.activation is any DifferentiableActivation else {
      throw .unsuitable(
        "the MAC penalty needs the derivative of \(type(of: layer.activation)), which is not known; "
          + "use the Bregman penalty or make the activation a DifferentiableActivation")
    }
  }

  public func value<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation, count: Int
  ) -> S {
    withMisfit(y, z, activation, count: count) { S(S.dot($0, $0, count: count) / 2) }
  }

  public func gradientInPreactivation<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    guard let differentiable = activation as? any DifferentiableActivation else {
      preconditionFailure("an activation without derivative; Energy.init refuses it")
    }
    withMisfit(y, z, activation, count: count) { misfit in
      differentiable.pullBack(misfit, at: z, count: count)
      out.update(from: misfit, count: count)
    }
  }

  public func smoothGradientInVariable<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    activation.activate(z, into: out, count: count)
    S.combine(-1, out, 0, out, into: out, count: count)
  }

  /// `G` is `Phi` of the identity, whatever the layer's activation.
  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    BregmanPenalty().prox(
      of: v, step: step, weight: weight, Identity(), regulariser, into: out, count: count)
  }

  public func minimiser<S: TensorScalar>(
    at z: UnsafePointer<S>, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    activation.activate(z, into: out, count: count)
    regulariser?.activate(out, weight: weight, Identity(), into: out, count: count)
  }

  /// Lends `sigma(z) - y`.
  private func withMisfit<S: TensorScalar, Result>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation, count: Int,
    _ body: (UnsafeMutablePointer<S>) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: S.self, capacity: max(count, 1)) { buffer in
      let misfit = buffer.baseAddress!
      activation.activate(z, into: misfit, count: count)
      S.combine(1, misfit, -1, y, into: misfit, count: count)
      return body(misfit)
    }
  }
}
