import Proximal
import Tensors

/// The centred contrastive signal: each layer's variable nudged both ways, and the difference taken.
///
///     x_l^+- = sigma(z_l -+ u_l / 2),   r_l = x_l^- - x_l^+,   u_l = A_{l+1}^* r_{l+1}
///
/// One backward Gauss-Seidel sweep over the two states that minimise the lifted energy with the loss
/// weighted `+beta/2` and `-beta/2`; the weight gradient is the difference of the two energies'
/// gradients. The errors of first order in `beta` cancel. No derivative of an activation.
///
/// Source: the contrastive energies of Zach and Estellers, BMVC 2019, and Hoier, Staudt and Zach,
/// ICML 2023, in the form of one sweep.
public struct CentredContrast: Signal {
  /// The signal; it has no parameters.
  public init() {}

  /// `u <- sigma(z + u/2) - sigma(z - u/2)`, for any activation.
  public func residual<S: TensorScalar>(
    through activation: any Activation, of type: S.Type
  ) -> RowMap<S> {
    { u, z, count in activation.centredDifference(at: z, along: u, count: count) }
  }
}
