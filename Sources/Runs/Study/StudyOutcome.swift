import Foundation
import Lifted

/// How one run of a study ended, with all that is shown of it.
public struct StudyOutcome: Sendable {
  /// The run.
  public let job: StudyJob
  /// The run as a page shows it.
  public private(set) var run: ReportRun

  /// What went wrong; nil if nothing did.
  public var failure: String? { run.failure }
  /// The final figures; nil if the run has not ended or broke off.
  public var summary: Summary? { run.summary }

  /// Why training ended: the name of a `StopReason`, `failed`, or `unfinished`.
  public var ending: String {
    guard let summary else { return failure == nil ? "unfinished" : "failed" }
    return StopReason.allCases.first { $0.description == summary.stopReason }?.rawValue ?? "other"
  }

  /// A run as it is in its folder; one that diverged has failed.
  init(_ job: StudyJob, _ run: ReportRun) {
    (self.job, self.run) = (job, run)
    if run.summary?.hasDiverged == true {
      let epoch = (run.history.last?.epoch ?? 0) + 1
      self.run.failure = "diverged in epoch \(epoch): \(StopReason.notFinite.description)"
    }
  }

  /// A run that broke off, with whatever is in its folder.
  init(_ job: StudyJob, _ failure: RunFailure, in url: URL) {
    let metric = MetricKind(of: job.recipe.data.task)
    let folder = try? RunFolder.open(url)
    let found = folder.flatMap { try? ReportRun(reading: $0, name: job.name, metric: metric) }
    var run = found ?? ReportRun(name: job.name, metric: metric, history: [])
    (run.failure, run.cpuSeconds) = (failure.problem, failure.cpuSeconds)
    (self.job, self.run) = (job, run)
  }
}
