/// The clock at one row of the history.
public struct TimingRow: Equatable, Sendable {
  /// Epoch of the row, counted from 1.
  public var epoch: Int
  /// Step of the row.
  public var step: Int
  /// Seconds of work since the start of the run; pauses between kill and resume do not count.
  public var seconds: Double

  /// The clock at a row.
  public init(epoch: Int, step: Int, seconds: Double) {
    self.epoch = epoch
    self.step = step
    self.seconds = seconds
  }
}
