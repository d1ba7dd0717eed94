/// A separable activation whose `Psi` is positively homogeneous, `Psi(c y) = c Psi(y)` for `c > 0`.
///
/// Its prox and the group threshold compose: `prox_{t Psi + s ||.||} = prox_{s ||.||} o prox_{t Psi}`,
/// because a subgradient of `Psi` at `y` remains one at `c y` and at 0.
/// Source: Yu, "On decomposing the proximal map", NeurIPS 2013.
public protocol SublinearActivation: SeparableActivation {}

extension Identity: SublinearActivation {}
extension ReLU: SublinearActivation {}
extension SoftThreshold: SublinearActivation {}
extension NonnegativeSoftThreshold: SublinearActivation {}
