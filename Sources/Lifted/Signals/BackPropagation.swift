import Proximal
import Tensors

/// Reverse-mode differentiation through the activations, the baseline: `r_l = sigma'(z_l)^T u_l`.
///
/// The only signal that needs a derivative of the activation, and refused where there is none.
///
/// Source: Rumelhart, Hinton and Williams, Nature 323, 1986.
public struct BackPropagation: Signal {
  /// The signal; it has no parameters.
  public init() {}

  /// `u <- sigma'(z)^T u`.
  /// - Throws: ``SolverError/unsuitable(_:)`` if the activation's derivative is not known.
  public func residual<S: TensorScalar>(
    through activation: any Activation, of type: S.Type
  ) throws(SolverError) -> RowMap<S> {
    guard let activation = activation as? any DifferentiableActivation else {
      throw .unsuitable(
        "back-propagation needs the derivative of \(Swift.type(of: activation)), which is not known; "
          + "use a lifted signal or make the activation a DifferentiableActivation")
    }
    return { u, z, count in activation.pullBack(u, at: z, count: count) }
  }
}
