import Proximal
import Tensors

/// The lifted energy of a batch, one function of the weights and of every layer's variable:
///
///     E(theta, x) = 1/s sum_i [ sum_l lambda_l penalty_l(x_l^i, A_l x_{l-1}^i + b_l) + S_l(x_l^i) ]
///                   + sum_l R(W_l) + alpha/s sum_i J(x_0^i)
///
/// `x_L` clamped to the targets makes the last penalty the loss, weighted `lambda_L`. A job is a choice
/// of the blocks that are free: see ``Blocks``.
///
/// Source: Wang et al., arXiv 2510.09796, the unified lifted problem; methods in `docs/paper-map.md`.
public struct Energy: Sendable {
  /// The layers.
  public let network: Network
  /// What stands for `x_l = sigma_l(z_l)` in the hidden layers.
  public let penalty: any Penalty
  /// What stands for it in the last layer: the loss when `x_L` is clamped.
  public let loss: any Penalty
  /// `lambda_1, …, lambda_L`, each `> 0`.
  public let weights: [Double]
  /// `R`.
  public let weightPenalty: WeightPenalty
  /// `alpha J(x_0)`, the regulariser of an inversion; `nil` for none.
  public let inputPenalty: InputPenalty?

  /// - Parameters:
  ///   - network: the layers.
  ///   - penalty: what stands for the constraint of each hidden layer.
  ///   - loss: what stands for that of the last layer. The default makes a clamped softmax the
  ///     cross-entropy and a clamped identity half the squared error, whatever the penalty.
  ///   - weights: one number for each layer; `nil` for all 1.
  ///   - weightPenalty: `R`.
  ///   - inputPenalty: `alpha J(x_0)`.
  /// - Throws: ``SolverError`` for a weight that is not positive, a wrong number of them, a layer
  ///   that the penalty cannot stand for, or a `J` that does not take the input's rows.
  public init(
    _ network: Network, penalty: any Penalty = BregmanPenalty(),
    loss: any Penalty = BregmanPenalty(), weights: [Double]? = nil,
    weightPenalty: WeightPenalty = .standard, inputPenalty: InputPenalty? = nil
  ) throws(SolverError) {
    let weights = weights ?? Array(repeating: 1, count: network.depth)
    guard weights.count == network.depth else {
      throw .unsuitable("\(weights.count) layer weights for \(network.depth) layers; give one each")
    }
    for weight in weights { try SolverError.requirePositive(weight, "a layer's weight") }
    try inputPenalty?.check(inputs: network.inputs)
    for layer in network.layers.dropLast() { try penalty.check(layer) }
    for layer in network.layers.suffix(1) { try loss.check(layer) }
    (self.network, self.weights) = (network, weights)
    (self.penalty, self.loss) = (penalty, loss)
    (self.weightPenalty, self.inputPenalty) = (weightPenalty, inputPenalty)
  }

  /// What stands for the constraint of layer `l`.
  public func penalty(ofLayer l: Int) -> any Penalty { l == network.depth ? loss : penalty }

  /// The energy of a point, term by term. Cost: one product with each `A_l`.
  public func value<S: TensorScalar>(at point: LiftedPoint<S>, on pool: WorkerPool) -> EnergyValue {
    let known = inputPenalty?.values(of: point.x[0], on: pool) ?? []
    var value = EnergyValue(
      inputPenalty: known.reduce(0, +) / Double(Swift.max(point.x[0].rows, 1)))
    for l in 1...network.depth {
      let term = self.value(ofLayer: l, at: point, on: pool)
      value.penalties += term.penalties
      value.layerRegularisers += term.layerRegularisers
      value.weightPenalty += term.weightPenalty
    }
    return value
  }

  /// The terms of layer `l`.
  func value<S: TensorScalar>(
    ofLayer l: Int, at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> EnergyValue {
    let layer = network.layers[l - 1]
    let z = network.preactivation(ofLayer: l, at: point, on: pool)
    var value = EnergyValue()
    value.penalties = [weightedPenalty(ofLayer: l, point.x[l], at: z, on: pool) / Double(z.rows)]
    if let regulariser = layer.regulariser {
      value.layerRegularisers =
        sumOverRows(point.x[l], z, on: pool) { x, _, count in
          regulariser.value(of: x, count: count)
        } / Double(z.rows)
    }
    value.weightPenalty = weightPenalty.value(of: point.theta.layers[l - 1], layer.stage)
    return value
  }

  /// `R_l`: the gradient in `z_l` of layer `l`'s penalty, without `lambda_l`. For the Bregman penalty
  /// `sigma_l(A_l x_{l-1} + b_l) - x_l`.
  public func residual<S: TensorScalar>(
    ofLayer l: Int, at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    let z = network.layers[l - 1].preactivation(
      point.theta.layers[l - 1], point.x[l - 1], on: pool)
    return residual(ofLayer: l, point.x[l], at: z, on: pool)
  }

  /// The gradient of the smooth part of `E` in the parameters of layer `l`: `lambda_l / s R_l^T x_{l-1}`
  /// for the weights. The weight penalty enters the solvers by its prox and is not part of it.
  public func gradient<S: TensorScalar>(
    inParametersOf l: Int, at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> [Tensor<S>] {
    let residual = residual(ofLayer: l, at: point, on: pool)
    return network.layers[l - 1].stage.parameterGradient(
      point.theta.layers[l - 1], of: residual, at: point.x[l - 1],
      scale: S(weights[l - 1]) / S(residual.rows), on: pool)
  }

  /// The gradient of the smooth part of `s E` in the variable `x_l`, one row for each sample:
  /// `lambda_{l+1} A_{l+1}^* R_{l+1}` plus, for `l >= 1`, `lambda_l` times that of the layer's own
  /// penalty. The input's penalty enters the solvers by its prox and is not part of it.
  public func smoothGradient<S: TensorScalar>(
    inVariable l: Int, at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    var gradient = Tensor<S>(shape: point.x[l].shape)
    if l < network.depth {
      let above = residual(ofLayer: l + 1, at: point, on: pool)
      network.layers[l].stage.adjoint(
        point.theta.layers[l], of: above, into: &gradient, on: pool, finish: nil)
      gradient.scale(by: S(weights[l]))
    }
    guard l > 0 else { return gradient }
    let own = network.layers[l - 1].preactivation(
      point.theta.layers[l - 1], point.x[l - 1], on: pool)
    gradient.combine(1, 1, weightedSlope(ofLayer: l, point.x[l], at: own, on: pool))
    return gradient
  }

  /// `||x_l - sigma_l(A_l x_{l-1} + b_l)||` in the root mean square over batch and units, for each
  /// layer: how far the variables are from the network.
  public func consistencyGaps<S: TensorScalar>(
    at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> [Double] {
    network.consistencyGaps(point.theta, point.x, on: pool)
  }
}

// One layer's penalty over all rows of a batch, for the energy and its blocks.
extension Energy {
  /// `lambda_l sum_i penalty_l(y_i, z_i)`.
  func weightedPenalty<S: TensorScalar>(
    ofLayer l: Int, _ y: Tensor<S>, at z: Tensor<S>, on pool: WorkerPool
  ) -> Double {
    let (activation, penalty) = (network.layers[l - 1].activation, self.penalty(ofLayer: l))
    return weights[l - 1]
      * sumOverRows(y, z, on: pool) { penalty.value($0, $1, activation, count: $2) }
  }

  /// `R_l = grad_z penalty_l(y, z)`, without `lambda_l`.
  func residual<S: TensorScalar>(
    ofLayer l: Int, _ y: Tensor<S>, at z: consuming Tensor<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    let (activation, penalty) = (network.layers[l - 1].activation, self.penalty(ofLayer: l))
    let width = z.columns
    z.forEachRow(with: y, on: pool) { z, y in
      penalty.gradientInPreactivation(y, z, activation, into: z, count: width)
    }
    return z
  }

  /// `lambda_l grad_y` of the smooth part of `penalty_l(y, z)`.
  func weightedSlope<S: TensorScalar>(
    ofLayer l: Int, _ y: Tensor<S>, at z: consuming Tensor<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    let (activation, penalty) = (network.layers[l - 1].activation, self.penalty(ofLayer: l))
    let width = z.columns
    z.forEachRow(with: y, on: pool) { z, y in
      penalty.smoothGradientInVariable(y, z, activation, into: z, count: width)
    }
    z.scale(by: S(weights[l - 1]))
    return z
  }
}

extension Network {
  /// `||x_l - sigma_l(A_l x_{l-1} + b_l)||` in the root mean square, for each layer.
  func consistencyGaps<S: TensorScalar>(
    _ theta: Parameters<S>, _ x: [Tensor<S>], on pool: WorkerPool
  ) -> [Double] {
    let point = LiftedPoint(partOf: theta, x: x)
    return (1...depth).map { l in
      (squaredGap(ofLayer: l, at: point, on: pool) / Double(x[l].count)).squareRoot()
    }
  }

  /// `||x_l - sigma_l(A_l x_{l-1} + b_l)||^2`.
  func squaredGap<S: TensorScalar>(
    ofLayer l: Int, at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> Double {
    var z = Tensor<S>(shape: point.x[l].shape)
    var gap = z
    layers[l - 1].forward(point.theta.layers[l - 1], point.x[l - 1], &z, &gap, on: pool)
    gap.combine(1, -1, point.x[l])
    return gap.squaredNorm
  }
}

/// The terms of an ``Energy`` at a point.
public struct EnergyValue: Sendable, Equatable {
  /// `lambda_l / s sum_i penalty_l`, for each layer; the last is the weighted loss.
  public var penalties: [Double] = []
  /// `1/s sum_i sum_l S_l`.
  public var layerRegularisers = 0.0
  /// `sum_l R(W_l)`.
  public var weightPenalty = 0.0
  /// `alpha/s sum_i J(x_0^i)`.
  public var inputPenalty = 0.0

  /// Terms that somebody has found.
  package init(
    penalties: [Double] = [], layerRegularisers: Double = 0, weightPenalty: Double = 0,
    inputPenalty: Double = 0
  ) {
    (self.penalties, self.layerRegularisers) = (penalties, layerRegularisers)
    (self.weightPenalty, self.inputPenalty) = (weightPenalty, inputPenalty)
  }

  /// The energy.
  public var total: Double {
    penalties.reduce(0, +) + layerRegularisers + weightPenalty + inputPenalty
  }
}
