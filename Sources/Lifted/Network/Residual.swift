import Proximal
import Tensors

/// A residual block `u -> P u + V sigma(W u + b)` as two layers of a ``Network``:
///
///     (v, z) = (P u, sigma(W u + b))        a fork; the identity beside the activation
///     u'     = v + V z                      a join; the identity
///
/// Under the Bregman penalty with weights `lambda` and `rho` of the two layers the energy is that of the
/// compact form: `v` enters it in `lambda/2 ||v - P u||^2 + rho/2 ||u' - v - V z||^2`, and its minimum
/// over `v` is `rho'/2 ||u' - P u - V z||^2` with `1/rho' = 1/lambda + 1/rho`.
///
/// - Parameters:
///   - branch: `W`, with its offset.
///   - activation: `sigma`, the proximal map of the branch.
///   - back: `V`; ``Pass`` for `V = I`.
///   - skip: `P`; `nil` for the identity.
/// - Throws: ``SolverError`` if widths do not fit.
///
/// Source: He et al., CVPR 2016; its lifting, Wang et al., arXiv 2510.09796, the compact form.
public func residual(
  _ branch: any AffineStage, _ activation: any Activation, back: any AffineStage,
  skip: (any AffineStage)? = nil
) throws -> [Layer] {
  let skip = try skip ?? Pass(branch.inputs)
  return [
    Layer(try StagePair.fork(skip, branch), try handing(on: skip.outputs, beside: activation)),
    Layer(try StagePair.join(try Pass(skip.outputs), back), Identity()),
  ]
}

/// A residual block `u -> u + W^T sigma(W u + b)`, whose second layer has the weight of the first: monotone, for
/// `sigma` is the gradient of a convex function, so that the block is a bijection. See
/// ``MonotoneResidualNetwork`` for its inverse.
///
/// - Parameters:
///   - branch: `W`, with its offset.
///   - activation: `sigma`.
/// - Throws: ``SolverError`` unless `W` is a stage of one weight.
///
/// Source: Wang et al., arXiv 2510.09796, residual networks with tied weights.
public func tiedResidual(
  _ branch: any AffineStage, _ activation: any Activation
) throws -> [Layer] {
  let layers = try residual(branch, activation, back: try AdjointStage(of: branch))
  return [layers[0], layers[1].sharingParameters(ofLayerBefore: 1)]
}

/// A fully connected residual block `u -> u + V sigma(W u + b) + c` with so many hidden units.
public func residual(
  _ width: Int, hidden: Int, _ activation: any Activation
) throws -> [Layer] {
  try residual(Dense(width, hidden), activation, back: Dense(hidden, width))
}

/// The identity on the first `count` numbers, an activation on the rest.
package func handing(
  on count: Int, beside activation: some Activation
) throws(ProximalError) -> any Activation {
  try Beside(Identity(), count: count, activation)
}
