import Proximal
import Tensors

/// A chain of monotone residual blocks with given parameters,
///
///     u_k = u_{k-1} + W_k^T sigma_k(W_k u_{k-1} + b_k),   k = 1, …, l
///
/// each the gradient of the strongly convex `1/2 ||v||^2 + Phi_k^*(W_k v + b_k)`, so that the network is a
/// bijection and each block is inverted by itself.
///
/// Source: Wang et al., arXiv 2510.09796, residual networks with tied weights; layer by layer as derived from it.
public struct MonotoneResidualNetwork<S: TensorScalar>: Sendable {
  /// `W_k` with its offset, and `sigma_k`.
  public let blocks: [Layer]
  /// The parameters of each block.
  public let theta: [[Tensor<S>]]

  /// - Throws: ``SolverError`` without a block, for blocks of different widths, or parameters that do not fit.
  public init(_ blocks: [Layer], _ theta: [[Tensor<S>]]) throws(SolverError) {
    guard let width = blocks.first?.stage.inputs, theta.count == blocks.count else {
      throw .unsuitable(
        "\(blocks.count) residual blocks and parameters of \(theta.count); give at least one, and each its own"
      )
    }
    for (k, block) in blocks.enumerated() {
      guard block.stage.inputs == width, block.regulariser == nil else {
        throw .unsuitable(
          "residual block \(k + 1) takes \(block.stage.inputs) numbers and the first \(width); make all "
            + "equal, without regularisers")
      }
      let (expected, found) = (block.stage.parameters.map(\.shape), theta[k].map(\.shape))
      guard expected == found else {
        throw .unsuitable("parameters of residual block \(k + 1): shapes \(found), not \(expected)")
      }
    }
    (self.blocks, self.theta) = (blocks, theta)
  }

  /// Blocks `l`.
  public var depth: Int { blocks.count }
  /// Numbers per sample.
  public var width: Int { blocks[0].stage.inputs }

  /// `u_0, …, u_l` and `z_1, …, z_l`, `z_k = sigma_k(W_k u_{k-1} + b_k)`.
  public func states(
    of u: Tensor<S>, on pool: WorkerPool
  ) -> (u: [Tensor<S>], z: [Tensor<S>]) {
    var (states, activations) = ([u], [Tensor<S>]())
    for k in 0..<depth {
      var z = Tensor<S>(shape: [u.rows, blocks[k].stage.outputs])
      blocks[k].advance(theta[k], states[k], &z, activates: true, on: pool)
      var next = Tensor<S>(shape: u.shape)
      blocks[k].stage.adjoint(theta[k], of: z, into: &next, on: pool, finish: nil)
      next.combine(1, 1, states[k])
      states.append(next)
      activations.append(z)
    }
    return (states, activations)
  }

  /// The network as layers, two for each block, with the tied parameters given to both.
  public func layers() throws -> (network: Network, theta: Parameters<S>) {
    let network = try Network(
      try blocks.flatMap {
        try tiedResidual($0.stage, $0.activation)
      })
    var parameters = Parameters<S>(zerosFor: network)
    for (k, tensors) in theta.enumerated() {
      parameters.layers[2 * k] = tensors
    }
    parameters.share(in: network)
    return (network, parameters)
  }

  /// `||W_k||^2` with a margin.
  func squaredNorms(on pool: WorkerPool) -> [Double] {
    zip(blocks, theta).map { block, theta in
      var vector = Tensor<S>(shape: [width])
      return 1.05
        * Double(block.stage.squaredNorm(theta, vector: &vector, iterations: 60, on: pool))
    }
  }
}

extension MonotoneResidualNetwork {
  /// The input `u_0` with output `u`, block by block from the last:
  ///
  ///     u_{k-1} = argmin_v  1/2 ||v - u_k||^2 + Phi_k^*(W_k v + b_k)
  ///
  /// by Nesterov's method for a strongly convex function, gradient `v - u_k + W_k^T sigma_k(W_k v + b_k)`,
  /// curvature between 1 and `1 + ||W_k||^2`. A row rests once its gradient is below `tolerance` times the
  /// length of its `u_k`.
  ///
  /// - Returns: the inputs, and the largest relative gradient left in each block, first to last: above the
  ///   tolerance where the iterations were too few or rounding ends it.
  public func inverse(
    of u: Tensor<S>, tolerance: Double = 1e-14, maximumIterations: Int = 20_000,
    on pool: WorkerPool
  ) -> (u: Tensor<S>, gradients: [Double]) {
    let norms = squaredNorms(on: pool)
    var (state, gradients) = (u, [Double]())
    for k in stride(from: depth - 1, through: 0, by: -1) {
      let found = invert(block: k, state, 1 + norms[k], tolerance, maximumIterations, on: pool)
      state = found.u
      gradients.append(found.gradient)
    }
    return (state, gradients.reversed())
  }

  private func invert(
    block k: Int, _ target: Tensor<S>, _ curvature: Double, _ tolerance: Double, _ most: Int,
    on pool: WorkerPool
  ) -> (u: Tensor<S>, gradient: Double) {
    let momentum = S((curvature.squareRoot() - 1) / (curvature.squareRoot() + 1))
    let (rows, width) = (target.rows, self.width)
    let sizes = (0..<rows).map { target.rows($0..<($0 + 1)).squaredNorm.squareRoot() }
    var (v, y) = (target, target)
    var (z, g) = (Tensor<S>(shape: [rows, blocks[k].stage.outputs]), target)
    var left = Array(repeating: Double.infinity, count: rows)
    for _ in 0..<most where left.contains(where: { $0 > tolerance }) {
      blocks[k].advance(theta[k], y, &z, activates: true, on: pool)
      blocks[k].stage.adjoint(theta[k], of: z, into: &g, on: pool, finish: nil)
      g.combine(1, 1, y)
      g.combine(1, -1, target)
      g.withPointer { g in
        v.withMutablePointer { v in
          y.withMutablePointer { y in
            for row in 0..<rows where left[row] > tolerance {
              let (g, v, y) = (g + row * width, v + row * width, y + row * width)
              left[row] =
                S.dot(g, g, count: width).squareRoot() / max(sizes[row], .leastNormalMagnitude)
              // y <- y - g/L is the new v; then v + momentum (v - v^-).
              S.combine(1, y, S(-1 / curvature), g, into: y, count: width)
              S.combine(1 + momentum, y, -momentum, v, into: v, count: width)
              for i in 0..<width { swap(&y[i], &v[i]) }
            }
          }
        }
      }
    }
    return (v, left.max() ?? 0)
  }
}
