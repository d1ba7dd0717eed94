import Tensors

/// A stage with statistics of its inputs among its parameters: measured from time to time, and constants
/// in between.
public protocol NormalisingStage: AffineStage {
  /// Renews the statistics from a batch: what there was times `keep`, what is found times `1 - keep`.
  func renewStatistics<S: TensorScalar>(
    of theta: inout [Tensor<S>], from x: Tensor<S>, keeping keep: S, on pool: WorkerPool)
}

extension Parameters {
  /// Renews the statistics of all normalising stages from a batch that goes through the network, each
  /// layer on what the renewed ones before give. ``StochasticTraining`` does so at its first step and at
  /// every 16th after. Cost: a forward pass up to the last such stage; nothing if there is none.
  /// - Parameters:
  ///   - network: the layers.
  ///   - x: the batch's inputs.
  ///   - keep: what stays of the statistics there were, 0 to 1.
  ///   - pool: the threads to work with.
  public mutating func renewStatistics(
    of network: Network, from x: Tensor<S>, keeping keep: S, on pool: WorkerPool
  ) {
    let stages = network.layers.map { $0.stage as? any NormalisingStage }
    guard let last = stages.lastIndex(where: { $0 != nil }) else { return }
    var x = x
    for (index, layer) in network.layers[...last].enumerated() {
      stages[index]?.renewStatistics(of: &layers[index], from: x, keeping: keep, on: pool)
      var (z, out) = (Tensor<S>(shape: [x.rows, layer.stage.outputs]), Tensor<S>(shape: [0]))
      out = z
      layer.forward(layers[index], x, &z, &out, on: pool)
      x = out
    }
  }
}

extension StochasticTraining {
  /// Steps from one renewal of statistics to the next.
  static var stepsBetweenRenewals: Int { 16 }

  /// Renews the statistics of normalising stages when it is time.
  func renewStatistics<S: TensorScalar>(
    of state: inout TrainingState<S>, from x: Tensor<S>, on pool: WorkerPool
  ) {
    let step = state.progress.step
    guard step.isMultiple(of: Self.stepsBetweenRenewals) else { return }
    state.theta.renewStatistics(of: network, from: x, keeping: step == 0 ? 0 : 0.9, on: pool)
  }
}
