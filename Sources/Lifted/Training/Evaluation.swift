import Tensors

/// How well a network does on some samples, by the forward pass alone.
public struct Evaluation: Sendable, Equatable, Codable {
  /// The mean over samples of the head's penalty against the targets: cross-entropy for softmax, half
  /// the squared error for the identity.
  public let loss: Double
  /// The mean over samples and outputs of `(x_L - y)^2`.
  public let meanSquaredError: Double
  /// The fraction of samples whose largest output is that of the target's largest entry.
  public let accuracy: Double

  /// An evaluation of given figures.
  public init(loss: Double, meanSquaredError: Double, accuracy: Double) {
    (self.loss, self.meanSquaredError, self.accuracy) = (loss, meanSquaredError, accuracy)
  }

  /// Evaluates all samples of a source, with the noise of visit 0.
  public init<S: TensorScalar>(
    of theta: Parameters<S>, _ network: Network, on samples: some SampleSource,
    batchSize: Int = 500, pool: WorkerPool
  ) {
    var (loss, square, correct) = (0.0, 0.0, 0)
    network.forEachBatch(of: samples, at: theta, batchSize: batchSize, on: pool) {
      batch, states, sum in
      loss += sum
      let output = states.x[network.depth]
      var difference = output
      difference.combine(1, -1, batch.targets)
      square += difference.squaredNorm
      for row in 0..<output.rows where output.argmax(row: row) == batch.targets.argmax(row: row) {
        correct += 1
      }
    }
    let count = Double(max(samples.count, 1))
    self.init(
      loss: loss / count, meanSquaredError: square / count / Double(network.outputs),
      accuracy: Double(correct) / count)
  }
}

extension Network {
  /// The outputs `x_L` for all samples of a source, with the noise of visit 0, one row for each.
  public func outputs<S: TensorScalar>(
    at theta: Parameters<S>, for samples: some SampleSource, batchSize: Int = 500,
    on pool: WorkerPool
  ) -> Tensor<S> {
    var rows: [S] = []
    rows.reserveCapacity(samples.count * outputs)
    forEachBatch(of: samples, at: theta, batchSize: batchSize, on: pool) { _, states, _ in
      rows += states.x[depth].scalars
    }
    var all = Tensor<S>(shape: [samples.count, outputs])
    all.withMutablePointer { $0.update(from: rows, count: rows.count) }
    return all
  }

  /// The forward pass of all samples, batch by batch in order: the batch, its states, its loss.
  func forEachBatch<S: TensorScalar>(
    of samples: some SampleSource, at theta: Parameters<S>, batchSize: Int, on pool: WorkerPool,
    _ body: (Batch<S>, LayerStates<S>, Double) -> Void
  ) {
    var states = LayerStates<S>(for: self, samples: 0)
    for start in stride(from: 0, to: samples.count, by: batchSize) {
      let end = min(start + batchSize, samples.count)
      let batch: Batch<S> = samples.batch(of: start..<end, on: pool)
      if states.samples != end - start { states = LayerStates(for: self, samples: end - start) }
      let loss = states.forwardLoss(batch, self, theta, on: pool)
      body(batch, states, loss)
    }
  }
}

extension Tensor {
  /// The column of a row's largest element, the first of equals.
  public func argmax(row: Int) -> Int {
    withSpan { span in
      var best = 0
      for column in 1..<Swift.max(columns, 1)
      where span[row * columns + column] > span[row * columns + best] {
        best = column
      }
      return best
    }
  }
}
