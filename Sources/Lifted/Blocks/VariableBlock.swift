import Proximal
import Tensors

/// The energy as a function of one layer's variable, one row for each sample, all else held still:
///
///     H(x) = lambda_{l+1} penalty_{l+1}(x_{l+1}, A_{l+1} x + b_{l+1}) + lambda_l <c, x>
///     G(x) = lambda_l G_l(x) + S_l(x),    c the gradient of penalty_l's smooth part, constant in x
///
/// It is `s E` up to a constant, so that a sample's row does not depend on how many there are. For the
/// input `x_0`, `G = alpha J`.
public struct VariableBlock<S: TensorScalar>: Block {
  let energy: Energy
  let point: LiftedPoint<S>
  /// `l`, from 0 to `L - 1`.
  let layer: Int
  /// `||A_{l+1}||^2`.
  let squaredNorm: Double
  /// `a_l = A_l x_{l-1} + b_l`; empty for the input.
  let own: Tensor<S>
  /// `lambda_l c`.
  private let linear: Tensor<S>
  /// `A_{l+1} x_l + b_{l+1}` at the point, where somebody has computed it already.
  private let above: Tensor<S>?
  /// `A_{l+1}^* R_{l+1}` at the point, where the layer above is somewhere else.
  private let givenPull: Tensor<S>?
  public let pool: WorkerPool

  /// The block of variable `l` at a point; `squaredNorm` bounds `||A_{l+1}||^2`, `known` are
  /// pre-activations at the point, `pull` is `A_{l+1}^* R_{l+1}` there if somebody else computes it. Of a
  /// layer that is elsewhere itself only ``pull(at:)`` is of use.
  init(
    _ l: Int, _ energy: Energy, _ point: LiftedPoint<S>, squaredNorm: Double,
    known: Preactivations<S>? = nil, pull: Tensor<S>? = nil, ownIsElsewhere: Bool = false,
    on pool: WorkerPool
  ) {
    (self.energy, self.point, layer, self.squaredNorm) = (energy, point, l, squaredNorm)
    self.pool = pool
    (above, givenPull) = (known?[l + 1], pull)
    guard l > 0, !ownIsElsewhere else {
      own = Tensor(shape: [0])
      linear = Tensor(shape: point.x[0].shape)
      return
    }
    own = known?[l] ?? energy.network.preactivation(ofLayer: l, at: point, on: pool)
    linear = energy.weightedSlope(ofLayer: l, point.x[l], at: own, on: pool)
  }

  private var next: Layer { energy.network.layers[layer] }

  private func preactivation(_ x: Tensor<S>) -> Tensor<S> {
    // The same storage, if it is the point's own variable: no comparison of numbers.
    if let above, x == point.x[layer] { return above }
    return next.preactivation(point.theta.layers[layer], x, on: pool)
  }

  public func smoothValue(at v: [Tensor<S>]) -> Double {
    energy.weightedPenalty(
      ofLayer: layer + 1, point.x[layer + 1], at: preactivation(v[0]), on: pool)
      + linear.dot(v[0])
  }

  /// `lambda_{l+1} A^* R(x) + lambda_l c`.
  public func smoothGradient(at v: [Tensor<S>]) -> [Tensor<S>] {
    var gradient = pull(at: v[0])
    gradient.combine(S(energy.weights[layer]), 1, linear)
    return [gradient]
  }

  /// `A_{l+1}^* R_{l+1}(x)`.
  func pull(at x: Tensor<S>) -> Tensor<S> {
    if let givenPull {
      precondition(x == point.x[layer], "the layer above is elsewhere, and asked for once only")
      return givenPull
    }
    let residual = energy.residual(
      ofLayer: layer + 1, point.x[layer + 1], at: preactivation(x), on: pool)
    var pulled = Tensor<S>(shape: x.shape)
    next.stage.adjoint(
      point.theta.layers[layer], of: residual, into: &pulled, on: pool, finish: nil)
    return pulled
  }

  public func prox(_ v: inout [Tensor<S>], step: Double) {
    guard layer > 0 else {
      energy.inputPenalty?.settledProx(&v[0], step: step, on: pool)
      return
    }
    let below = energy.network.layers[layer - 1]
    let (width, weight, penalty) = (below.stage.outputs, S(weight), energy.penalty(ofLayer: layer))
    v[0].forEachBand(on: pool) { tile, x in
      for row in tile.rows {
        let x = x + row * width
        penalty.prox(
          of: x, step: S(step), weight: weight, below.activation, below.regulariser, into: x,
          count: width)
      }
    }
  }

  public func prox(_ v: inout [Tensor<S>], steps: [Tensor<S>]) {
    let width = v[0].columns
    steps[0].withPointer { steps in
      v[0].forEachBand(on: pool) { tile, x in
        for index in (tile.rows.lowerBound * width)..<(tile.rows.upperBound * width) {
          proxOfOne(x + index, step: steps[index])
        }
      }
    }
  }

  /// The prox of one number. That of the input is the identity: solvers that move each number by itself
  /// refuse an input penalty.
  func proxOfOne(_ x: UnsafeMutablePointer<S>, step: S) {
    guard layer > 0 else { return }
    let below = energy.network.layers[layer - 1]
    energy.penalty(ofLayer: layer).prox(
      of: x, step: step, weight: S(weight), below.activation, below.regulariser, into: x, count: 1)
  }

  /// `lambda_l`.
  var weight: Double { energy.weights[layer - 1] }

  /// `lambda_{l+1} ||A_{l+1}||^2` times the penalty's Lipschitz constant.
  public var curvature: Double? {
    energy.penalty(ofLayer: layer + 1).preactivationLipschitz.map {
      $0 * energy.weights[layer] * squaredNorm
    }
  }

  /// `lambda_l`: every `G` of a layer holds `1/2 ||.||^2`. Of `J` nothing is known.
  public var convexity: Double { layer == 0 ? 0 : weight }
}
