/// What the progress display tells about a running training.
public struct ProgressState: Equatable, Sendable {
  /// The current epoch, counted from 1.
  public var epoch: Int
  /// Epochs in all.
  public var epochs: Int
  /// Steps taken so far.
  public var step: Int
  /// Steps in all; 0 if unknown.
  public var steps: Int
  /// Seconds of training so far.
  public var seconds: Double
  /// The running training loss.
  public var loss: Double
  /// The newest validation loss.
  public var validationLoss: Double?
  /// The newest validation metric.
  public var metric: Double?
  /// What the metric measures.
  public var metricKind: MetricKind

  /// A state of given figures.
  public init(
    epoch: Int, epochs: Int, step: Int, steps: Int, seconds: Double, loss: Double,
    validationLoss: Double? = nil, metric: Double? = nil, metricKind: MetricKind
  ) {
    self.epoch = epoch
    self.epochs = epochs
    self.step = step
    self.steps = steps
    self.seconds = seconds
    self.loss = loss
    self.validationLoss = validationLoss
    self.metric = metric
    self.metricKind = metricKind
  }

  /// The part that is done, in `0...1`.
  var fraction: Double {
    steps > 0 ? min(1, max(0, Double(step) / Double(steps))) : 0
  }

  /// Seconds still to go at the pace so far; not-a-number if nothing is done yet.
  var remaining: Double {
    fraction > 0 ? seconds * (1 - fraction) / fraction : .nan
  }
}
