import Proximal
import Tensors

/// The energy as a function of one layer's parameters, all else held still:
///
///     H(theta) = lambda_l / s sum_i penalty_l(x_l^i, A_l(theta) x_{l-1}^i + b_l(theta))
///     G(theta) = R(W) + 1/(2 tau) ||theta - theta_k||^2
///
/// The anchor `theta_k` is that of implicit stochastic gradient steps; without one the term is absent.
public struct ParameterBlock<S: TensorScalar>: Block {
  let energy: Energy
  let layer: Int
  /// `x_{l-1}` and `x_l`.
  let input: Tensor<S>
  private let output: Tensor<S>
  /// `||[X 1]||^2`, the squared norm of `theta -> A(theta) X + b(theta)`.
  let squaredNorm: Double
  private let anchor: (theta: [Tensor<S>], tau: Double)?
  public let pool: WorkerPool

  /// The block of layer `l`, from 1 to `L`, at a point.
  init(
    _ l: Int, _ energy: Energy, _ point: LiftedPoint<S>, squaredNorm: Double,
    anchor: (theta: [Tensor<S>], tau: Double)?, on pool: WorkerPool
  ) {
    (self.energy, layer, self.squaredNorm) = (energy, l, squaredNorm)
    (input, output, self.anchor) = (point.x[l - 1], point.x[l], anchor)
    self.pool = pool
  }

  var stage: any AffineStage { energy.network.layers[layer - 1].stage }

  /// `lambda_l / s`.
  var scale: Double { energy.weights[layer - 1] / Double(max(input.rows, 1)) }

  public func smoothValue(at v: [Tensor<S>]) -> Double {
    energy.weightedPenalty(ofLayer: layer, output, at: preactivation(v), on: pool)
      / Double(max(input.rows, 1))
  }

  private func preactivation(_ v: [Tensor<S>]) -> Tensor<S> {
    energy.network.layers[layer - 1].preactivation(v, input, on: pool)
  }

  /// `R_l`, the gradient of the layer's penalty in its pre-activations.
  func residual(at v: [Tensor<S>]) -> Tensor<S> {
    energy.residual(ofLayer: layer, output, at: preactivation(v), on: pool)
  }

  /// `lambda_l / s R^T x`.
  public func smoothGradient(at v: [Tensor<S>]) -> [Tensor<S>] {
    stage.parameterGradient(v, of: residual(at: v), at: input, scale: S(scale), on: pool)
  }

  /// One pass: the gradient is used while it is in the cache, and never stored.
  public func proximalGradientStep(_ v: inout [Tensor<S>], _ step: Double) {
    let factors = stage.gradientFactors(v, of: residual(at: v), at: input, on: pool)
    let pull = anchor.map { step / $0.tau } ?? 0
    let shrinks = stage.parameters.map { parameter in
      1 / (1 + step * (parameter.fanIn > 0 ? energy.weightPenalty.decay : 0) + pull)
    }
    var origin = anchor?.theta ?? []
    v.withPointers { v in
      origin.withPointers { origin in
        stage.gradient(of: factors.residual, at: factors.input, scale: S(scale), on: pool) {
          parameter, range, gradient in
          let (w, shrink) = (v[parameter] + range.lowerBound, shrinks[parameter])
          S.descend(w, along: gradient, step: S(step), shrink: S(shrink), count: range.count)
          guard pull > 0 else { return }
          let origin = origin[parameter] + range.lowerBound
          S.combine(1, w, S(pull * shrink), origin, into: w, count: range.count)
        }
      }
    }
    energy.weightPenalty.project(&v, stage)
  }

  /// Decay and anchor in closed form, then the projection onto the norm ball: both terms pull towards
  /// points on a line, so that this is the joint prox for weights without anchor.
  public func prox(_ v: inout [Tensor<S>], step: Double) {
    let pull = anchor.map { step / $0.tau } ?? 0
    for (k, parameter) in stage.parameters.enumerated() {
      let decay = parameter.fanIn > 0 ? energy.weightPenalty.decay : 0
      let whole = 1 + step * decay + pull
      if let anchor {
        v[k].combine(S(1 / whole), S(pull / whole), anchor.theta[k])
      } else {
        v[k].scale(by: S(1 / whole))
      }
    }
    energy.weightPenalty.project(&v, stage)
  }

  public func prox(_ v: inout [Tensor<S>], steps: [Tensor<S>]) {
    let pull = anchor.map { 1 / $0.tau } ?? 0
    for (k, parameter) in stage.parameters.enumerated() {
      let decay = parameter.fanIn > 0 ? energy.weightPenalty.decay : 0
      let (whole, pull, count) = (S(decay + pull), S(pull), v[k].count)
      // Without an anchor the pull is zero, whatever stands in its place.
      (anchor?.theta[k] ?? steps[k]).withPointer { anchor in
        steps[k].withPointer { steps in
          v[k].withMutablePointer { v in
            for i in 0..<count {
              v[i] = (v[i] + steps[i] * pull * anchor[i]) / (1 + steps[i] * whole)
            }
          }
        }
      }
    }
    energy.weightPenalty.project(&v, stage)
  }

  /// `lambda_l ||[X 1]||^2 / s` times the penalty's Lipschitz constant; `nil` as well for a stage that is not
  /// affine in its parameters.
  public var curvature: Double? {
    guard stage.isAffineInParameters else { return nil }
    return energy.penalty(ofLayer: layer).preactivationLipschitz.map { $0 * scale * squaredNorm }
  }

  /// `1 / tau`; offsets have no decay, so nothing more is certain.
  public var convexity: Double { anchor.map { 1 / $0.tau } ?? 0 }
}
