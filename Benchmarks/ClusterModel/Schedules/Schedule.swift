/// Who computes what when, in one step of training.
public protocol Schedule: Sendable {
  /// The ranks.
  var grid: Grid { get }
  /// Seconds of a step, in the steady state.
  /// - Throws: ``ModelError`` for a grid that does not fit the job.
  func secondsPerStep(_ job: Job, on cluster: Cluster) throws(ModelError) -> Double
}
