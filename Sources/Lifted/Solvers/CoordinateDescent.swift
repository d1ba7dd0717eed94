import Proximal
import Tensors

/// Sweeps over the numbers of a layer's variable, each moved to its minimiser with the others still:
///
///     x_j <- prox_{g / K_jj}(x_j - (K x - c)_j / K_jj),   K = lambda_{l+1} A^T A
///
/// For blocks with a quadratic smooth part (the lifted penalty; the others below an identity layer) and
/// separable activations: box-constrained least squares for clips, non-negative for rectifiers. No step
/// size; monotone. Cost: `K` once a round, then `width^2` operations a sample and sweep.
///
/// Source: Hoier, Staudt and Zach, ICML 2023, for the neuron-wise minimisers.
public struct CoordinateDescent: VariableSolver {
  /// Sweeps over the numbers, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// Yes.
  public var movesRowsApart: Bool { true }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 1) throws(SolverError) {
    try requireSteps(steps)
    self.steps = steps
  }

  public func checkVariables(of energy: Energy) throws(SolverError) {
    try energy.requireNoInputPenalty(for: "coordinateDescent")
    for (l, layer) in energy.network.layers.dropLast().enumerated() {
      guard layer.coupling == .separable else {
        throw .unsuitable(
          "coordinate descent needs activations that act on each number; use proximalGradient")
      }
      try energy.requireQuadratic(layer: l + 2)
    }
  }

  public func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) {
    let width = x.columns
    let gram = block.gram(width)
    var gradient = block.smoothGradient(at: [x])[0]
    gram.withPointer { k in
      gradient.withMutablePointer { g in
        x.forEachBand(on: block.pool) { tile, x in
          for row in tile.rows {
            let (x, g) = (x + row * width, g + row * width)
            for j in 0..<(steps * width) {
              let j = j % width
              let curvature = k[j * width + j]
              guard curvature > 0 || block.layer > 0 else { continue }
              let step = 1 / max(curvature, S.leastNormalMagnitude.squareRoot())
              let old = x[j]
              x[j] -= step * g[j]
              block.proxOfOne(x + j, step: step)
              S.combine(1, g, x[j] - old, k + j * width, into: g, count: width)
            }
          }
        }
      }
    }
  }
}

extension VariableBlock {
  /// `lambda_{l+1} A^T A` from the map itself.
  fileprivate func gram(_ width: Int) -> Tensor<S> {
    let stage = energy.network.layers[layer].stage
    var unit = Tensor<S>(shape: [width, width])
    for j in 0..<width { unit[j, j] = 1 }
    var image = Tensor<S>(shape: [width, stage.outputs])
    let theta = point.theta.layers[layer]
    stage.apply(theta, to: unit, into: &image, on: pool, finish: nil)
    stage.adjoint(theta, of: image, into: &unit, on: pool, finish: nil)
    unit.scale(by: S(energy.weights[layer]))
    return unit
  }
}

extension Activation {
  /// Whether it leaves everything as it is.
  var isIdentity: Bool { self is Identity }
}

extension Energy {
  /// Refuses a layer whose penalty is not quadratic in its pre-activation.
  func requireQuadratic(layer l: Int) throws(SolverError) {
    guard penalty(ofLayer: l) is LiftedPenalty || network.layers[l - 1].activation.isIdentity else {
      throw .unsuitable(
        "the penalty of layer \(l) is not quadratic in its pre-activation, so its blocks have no exact "
          + "minimiser; use majorise or acceleratedGradient, or the lifted penalty")
    }
  }
}
