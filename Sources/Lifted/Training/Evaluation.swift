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

  public init(loss: Double, meanSquaredError: Double, accuracy: Double) {
    (self.loss, self.meanSquaredError, self.accuracy) = (loss, meanSquaredError, accuracy)
  }

  /// Evaluates all samples of a source, with the noise of visit 0.
  public init<S: TensorScalar>(
    of theta: Parameters<S>, _ network: Network, on samples: some SampleSource,
    batchSize: Int = 500, pool: WorkerPool
  ) {
    var (loss, square, correct) = (0.0, 0.0, 0)
    var states = LayerStates<S>(for: network, samples: 0)
    var start = 0
    while start < samples.count {
      let end = min(start + batchSize, samples.count)
      let batch: Batch<S> = samples.batch(of: start..<end, on: pool)
      if states.samples != end - start {
        states = LayerStates(for: network, samples: end - start)
      }
      loss += states.forwardLoss(batch, network, theta, on: pool)
      let output = states.x[network.depth]
      var difference = output
      difference.combine(1, -1, batch.targets)
      square += difference.squaredNorm
      for row in 0..<output.rows where output.argmax(row: row) == batch.targets.argmax(row: row) {
        correct += 1
      }
      start = end
    }
    let count = Double(max(samples.count, 1))
    self.init(
      loss: loss / count, meanSquaredError: square / count / Double(network.outputs),
      accuracy: Double(correct) / count)
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
