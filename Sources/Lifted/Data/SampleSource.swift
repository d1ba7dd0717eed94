import Tensors

/// A batch: inputs `x_0` and targets `y`, one sample in each row.
public struct Batch<S: TensorScalar>: Sendable, Equatable {
  /// `x_0`, samples x inputs.
  public var inputs: Tensor<S>
  /// `y`, samples x outputs of the network.
  public var targets: Tensor<S>

  /// A batch of given matrices with as many rows each.
  public init(inputs: Tensor<S>, targets: Tensor<S>) {
    (self.inputs, self.targets) = (inputs, targets)
  }

  /// All zero.
  public init(samples: Int, inputs: Int, targets: Int) {
    self.inputs = Tensor(shape: [samples, inputs])
    self.targets = Tensor(shape: [samples, targets])
  }
}

/// Samples in memory that batches are cut from.
public protocol SampleSource: Sendable {
  /// Number of samples.
  var count: Int { get }
  /// Numbers per input.
  var inputs: Int { get }
  /// Numbers per target.
  var targets: Int { get }

  /// Fills a batch with the given samples, in order. `visit` selects the noise, if there is any: the
  /// same visit, the same numbers; visit 0 is that of evaluation.
  func fill<S: TensorScalar>(
    _ batch: inout Batch<S>, with samples: ArraySlice<Int>, visit: UInt64, on pool: WorkerPool)

  /// The same samples under the same numbers, of which only those of a range can be had: the rest of them may
  /// be forgotten, to save memory where each process works on its own. By default all are kept.
  func keeping(only range: Range<Int>) -> Self
}

extension SampleSource {
  /// All of them.
  public func keeping(only range: Range<Int>) -> Self { self }
}

extension SampleSource {
  /// The given samples as a new batch.
  public func batch<S: TensorScalar>(
    of samples: some Sequence<Int>, visit: UInt64 = 0, as type: S.Type = S.self,
    on pool: WorkerPool
  ) -> Batch<S> {
    let samples = Array(samples)
    var batch = Batch<S>(samples: samples.count, inputs: inputs, targets: targets)
    fill(&batch, with: samples[...], visit: visit, on: pool)
    return batch
  }
}
