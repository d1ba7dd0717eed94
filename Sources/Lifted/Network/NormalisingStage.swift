import Tensors

/// A stage with statistics of its inputs among its parameters: measured from time to time, and constants
/// in between.
public protocol NormalisingStage: AffineStage {
  /// What the statistics are made of, each a sum over the samples of a batch.
  func statisticSums<S: TensorScalar>(of x: Tensor<S>, on pool: WorkerPool) -> Tensor<Double>

  /// Renews the statistics from such sums: what there was times `keep`, what is found times `1 - keep`.
  func renewStatistics<S: TensorScalar>(
    of theta: inout [Tensor<S>], from sums: Tensor<Double>, keeping keep: S)
}

extension NormalisingStage {
  /// Renews the statistics from a batch: what there was times `keep`, what is found times `1 - keep`.
  public func renewStatistics<S: TensorScalar>(
    of theta: inout [Tensor<S>], from x: Tensor<S>, keeping keep: S, on pool: WorkerPool
  ) {
    renewStatistics(of: &theta, from: statisticSums(of: x, on: pool), keeping: keep)
  }
}

extension Network {
  /// Refuses normalising stages.
  /// - Throws: ``SolverError/unsuitable(_:)`` naming the method and the first such layer.
  package func requireNoStatistics(for method: String) throws(SolverError) {
    guard let index = layers.firstIndex(where: { $0.stage is any NormalisingStage }) else { return }
    throw .unsuitable(
      "\(method) keeps no statistics of whole batches, and layer \(index + 1), "
        + "\(type(of: layers[index].stage)), needs them; train it by one sweep")
  }
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

  /// What stays of the statistics that the next step renews; `nil` if it does not.
  package func keptOfStatistics(_ progress: TrainingProgress) -> Double? {
    guard progress.step.isMultiple(of: Self.stepsBetweenRenewals) else { return nil }
    return progress.step == 0 ? 0 : 0.9
  }

  /// Renews the statistics of normalising stages when it is time.
  func renewStatistics<S: TensorScalar>(
    of state: inout TrainingState<S>, from x: Tensor<S>, on pool: WorkerPool
  ) {
    guard let keep = keptOfStatistics(state.progress) else { return }
    state.theta.renewStatistics(of: network, from: x, keeping: S(keep), on: pool)
  }
}
