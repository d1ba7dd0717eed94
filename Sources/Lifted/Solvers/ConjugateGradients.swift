import Tensors

/// The exact minimiser of a quadratic block by conjugate gradients on its gradient:
///
///     grad H(v) + grad G(v) = 0,   both affine in v
///
/// For weights where the penalty is quadratic in the pre-activation (the lifted penalty; the others
/// under an identity activation): ridge regression. For variables also the layer's own activation has
/// to be the identity. Needs no factorisation, so for maps too large for one. Ends when the residual
/// has fallen by `tolerance`. Cost of an iteration: one gradient of the block.
///
/// Source: Hestenes and Stiefel, 1952.
public struct ConjugateGradients: BlockSolver {
  /// Most iterations, at least 1.
  public let steps: Int
  /// The fall of the residual's norm that ends it, in (0, 1).
  public let tolerance: Double

  /// At most one in each iteration.
  public var gradients: Int { steps }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 50, tolerance: Double = 1e-6) throws(SolverError) {
    try requireSteps(steps)
    try SolverError.requirePositive(tolerance, "tolerance")
    try SolverError.require(tolerance, in: 0...1, "tolerance")
    (self.steps, self.tolerance) = (steps, tolerance)
  }

  public func checkVariables(of energy: Energy) throws(SolverError) {
    try energy.requireNoInputPenalty(for: "conjugateGradients")
    let layers = energy.network.layers
    for l in layers.indices.dropLast() {
      guard layers[l].activation.isIdentity, layers[l].regulariser == nil else {
        throw .unsuitable(
          "layer \(l + 1)'s variable has no quadratic block, its activation is not the identity; "
            + "use acceleratedGradient")
      }
      try energy.requireQuadratic(layer: l + 2)
    }
  }

  public func checkParameters(of energy: Energy) throws(SolverError) {
    guard energy.weightPenalty.radius == nil else {
      throw .unsuitable("a norm constraint makes the block no quadratic; leave out weightRadius")
    }
    for l in energy.network.layers.indices where energy.network.layers[l].isTrainable {
      try energy.requireQuadratic(layer: l + 1)
    }
  }

  public func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    let zero = v.map { Tensor<S>(shape: $0.shape) }
    func gradient(_ v: [Tensor<S>]) -> [Tensor<S>] {
      combination(1, block.smoothGradient(at: v), 1, block.quadraticGradient(at: v))
    }
    let constant = gradient(zero)
    func hessian(_ d: [Tensor<S>]) -> [Tensor<S>] { combination(1, gradient(d), -1, constant) }
    var residual = combination(-1, gradient(v), 0, v)
    var direction = residual
    var square = dot(residual, residual)
    let enough = square * tolerance * tolerance
    for _ in 0..<steps where square > enough {
      let image = hessian(direction)
      let curvature = dot(direction, image)
      guard curvature > 0 else { break }
      v = combination(1, v, square / curvature, direction)
      residual = combination(1, residual, -square / curvature, image)
      let next = dot(residual, residual)
      direction = combination(1, residual, next / square, direction)
      square = next
    }
  }
}

extension Block {
  /// `grad G(v)` of a quadratic `G`: `prox_{G}(w) = v` at `w = v + grad G(v)`, and the prox is affine,
  /// number by number: `prox_{G}(w) = p0 + p1 w`.
  fileprivate func quadraticGradient(at v: [Tensor<S>]) -> [Tensor<S>] {
    var offset = v.map { Tensor<S>(shape: $0.shape) }
    prox(&offset, step: 1)
    var slope = v.map { Tensor<S>(repeating: 1, shape: $0.shape) }
    prox(&slope, step: 1)
    slope = combination(1, slope, -1, offset)
    var gradient = v
    for k in v.indices {
      let count = v[k].count
      offset[k].withPointer { p0 in
        slope[k].withPointer { p1 in
          gradient[k].withMutablePointer { g in
            for i in 0..<count { g[i] = (g[i] - p0[i]) / p1[i] - g[i] }
          }
        }
      }
    }
    return gradient
  }
}
