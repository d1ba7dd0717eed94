import Tensors

@testable import Lifted

/// Samples that are given as they are.
struct TensorSamples: SampleSource {
  let x: Tensor<Double>
  let y: Tensor<Double>
  var count: Int { x.rows }
  var inputs: Int { x.columns }
  var targets: Int { y.columns }

  init(_ batch: Batch<Double>) { (x, y) = (batch.inputs, batch.targets) }

  /// `classes` clouds of normal points around random centres, with one-hot targets.
  init(clouds classes: Int, samples: Int, inputs: Int, spread: Double = 0.5, lane: UInt64 = 0) {
    let centres: Tensor<Double> = normal([classes, inputs], lane: 70)
    var x: Tensor<Double> = normal([samples, inputs], lane: 71 + lane, scale: spread)
    var y = Tensor<Double>(shape: [samples, classes])
    for i in 0..<samples {
      y[i, i % classes] = 1
      for j in 0..<inputs { x[i, j] += centres[i % classes, j] }
    }
    (self.x, self.y) = (x, y)
  }

  func fill<S: TensorScalar>(
    _ batch: inout Batch<S>, with samples: ArraySlice<Int>, visit: UInt64, on pool: WorkerPool
  ) {
    for (row, sample) in samples.enumerated() {
      batch.inputs.withMutableSpan {
        for j in 0..<inputs { $0[row * inputs + j] = S(x.scalars[sample * inputs + j]) }
      }
      batch.targets.withMutableSpan {
        for j in 0..<targets { $0[row * targets + j] = S(y.scalars[sample * targets + j]) }
      }
    }
  }
}

extension StochasticTraining {
  /// Trains for all epochs, or for a number of steps; the loss of each whole epoch.
  func run<S: TensorScalar>(
    _ state: inout TrainingState<S>, on samples: some SampleSource, steps: Int = .max,
    threads: Int = 1
  ) throws -> [Double] {
    let pool = WorkerPool(threads: threads)
    var workspace = TrainingWorkspace<S>(for: network)
    var losses: [Double] = []
    var done = 0
    while done < steps, state.progress.epoch < epochs {
      if try step(&state, &workspace, from: samples, on: pool) {
        losses.append(state.progress.lossOfEpoch / Double(samples.count))
      }
      done += 1
    }
    return losses
  }
}
