import Proximal
import Tensors

/// The lifted Bregman signal: one backward Gauss-Seidel sweep over the auxiliary variables in the
/// mirror (pre-activation) form, started at the forward pass.
///
///     x_l <- sigma(z_l - u_l),   r_l = sigma(z_l) - x_l,   u_l = A_{l+1}^* r_{l+1}
///
/// `r_l` is the gradient in `z_l` of `B(x_l, z_l)`, so `r_l^T x_{l-1}` is the energy's gradient in the
/// weight block at that moment of the sweep. No derivative of an activation.
///
/// Source: Wang and Benning, JMLR 24(232), 2023, block gradients; the mirror form is the Bregman
/// proximal gradient step with kernel `Phi`.
public struct MirrorSweep: Signal {
  /// The signal; it has no parameters.
  public init() {}

  /// `u <- sigma(z) - sigma(z - u)`, for any activation.
  public func residual<S: TensorScalar>(
    through activation: any Activation, of type: S.Type
  ) -> RowMap<S> {
    { u, z, count in activation.mirrorResidual(at: z, along: u, count: count) }
  }
}
