import ArgumentParser
import Distributed
import Lifted
import Runs
import Tensors

/// A rank's part of a training: the first rank's, which writes and speaks, or that of one that follows.
struct RankRun {
  private enum Part {
    case leading(TrainingRun)
    case following(FollowingRun)
  }

  private var part: Part
  private let ranks: Int

  /// - Parameters:
  ///   - experiment: what is trained.
  ///   - ranks: by whom.
  ///   - parallel: the training by several ranks; nil for one process.
  ///   - pool: this rank's threads.
  ///   - lead: makes the first rank's run.
  init(
    _ experiment: Experiment, over ranks: any Communicator,
    together parallel: (any RankTraining)?,
    on pool: WorkerPool, _ lead: () throws -> TrainingRun
  ) throws {
    self.ranks = ranks.size
    if !ranks.isRoot, let parallel {
      part = .following(try FollowingRun(experiment, together: parallel, on: pool))
    } else {
      part = .leading(try lead())
    }
  }

  /// Runs to the end, says where the results are, and ends the program if it was interrupted or diverged.
  mutating func complete(quiet: Bool) throws {
    let reason: StopReason
    switch part {
    case .following(var run): reason = try run.run { Interruption.isRequested }
    case .leading(let run): reason = try Self.lead(run, ranks: ranks, quiet: quiet)
    }
    switch reason {
    case .interrupted: throw ExitCode(Interruption.exitStatus(ranks: ranks))
    case .notFinite: throw ExitCode(2)
    default: break
    }
  }

  private static func lead(
    _ run: TrainingRun, ranks: Int, quiet: Bool
  ) throws -> StopReason {
    var run = run
    if !quiet {
      let company = ranks > 1 ? "; \(ranks) ranks" : ""
      Terminal.complain(
        "\(run.experiment.recipe.name): \(run.experiment.method.summary)\(company)")
    }
    var display = Terminal.progress(quiet: quiet)
    let reason = try run.run(display: &display) { Interruption.isRequested }
    if reason == .interrupted {
      Terminal.complain("interrupted; go on with: lifted resume \(run.folder.path)")
    } else {
      print(try FigureTable(run.folder).text)
      print("\(reason.description); report: \(run.folder.report.relativePath)")
    }
    return reason
  }
}
