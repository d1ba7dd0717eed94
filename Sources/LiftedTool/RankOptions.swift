import ArgumentParser
import Distributed
import Foundation
import Runs
import Tensors

/// Options of commands that several ranks can work on together.
struct RankOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How sums over samples are formed: fast, or deterministic for the same bits with any number of ranks.",
      valueName: "fast|deterministic"))
  var reduction: SumOrder?

  @Option(help: "Into how many shards the samples are cut; at least as many as there are ranks.")
  var shards: Int?

  @Option(
    help: ArgumentHelp(
      "Of block descent, how many layers each rank has; ranks beyond that share the samples.",
      valueName: "auto|count"))
  var layersPerRank: LayersPerRank?

  @Option(help: "Seconds without a sign of life after which a rank is given up.")
  var timeout = 20.0

  func validate() throws {
    guard (1...3600).contains(timeout) else {
      throw ValidationError("--timeout must be between 1 and 3600 seconds, not \(timeout)")
    }
    guard (1...1_000_000).contains(shards ?? 1) else {
      throw ValidationError("--shards must be at least 1, not \(shards ?? 0)")
    }
  }

  /// How to share the work, as far as it is asked for; nil for one process in its own order, if an earlier run
  /// asked for nothing either.
  func plan(over ranks: any Communicator, after earlier: RankPlan? = nil) -> RankPlan? {
    let plan = RankPlan(order: reduction, shards: shards, layersPerRank: layersPerRank)
    let isAsked = plan != RankPlan() || earlier ?? RankPlan() != RankPlan()
    return ranks.size > 1 || isAsked ? plan : nil
  }

  /// Works as one of the ranks that a launcher has started, or as the only one: what goes wrong is said by one
  /// of them, and all end.
  func together(_ body: (any Communicator) throws -> Void) throws {
    let ranks: any Communicator
    do {
      ranks = try Ranks.join(timeout: timeout) { Terminal.complain("lifted: \($0)") }
    } catch {
      // Every rank finds the same, before they can talk of it.
      if Ranks.launched.rank == 0 { throw error }
      Ranks.letRootSpeak()
      throw ExitCode.failure
    }
    do {
      try body(ranks)
    } catch let code as ExitCode {
      try Ranks.leave(ranks)
      throw code
    } catch let error as AgreedError {
      // Before anybody leaves: when one has ended with an error, the launcher ends the others.
      if ranks.isRoot { Terminal.complain("lifted: \(error)") }
      try Ranks.leave(ranks)
      throw ExitCode.failure
    } catch {
      guard ranks.size > 1 else { throw error }
      Terminal.complain("lifted: rank \(ranks.rank): \(error)")
      ranks.abandon(status: EXIT_FAILURE)
      throw ExitCode.failure
    }
    try Ranks.leave(ranks)
  }
}

extension SumOrder: ExpressibleByArgument {}

extension LayersPerRank: ExpressibleByArgument {
  public init?(argument: String) {
    if argument == "auto" {
      self = .auto
    } else if let count = Int(argument), count >= 1 {
      self = .count(count)
    } else {
      return nil
    }
  }

  public var defaultValueDescription: String { "auto" }
}

extension ComputeOptions {
  /// The threads of one of several ranks: unless told otherwise, its share of the machine's processors.
  func pool(sharing ranks: any Communicator) -> WorkerPool {
    WorkerPool(threads: threads ?? Ranks.processorsPerRank(ranks) ?? WorkerPool.processors)
  }
}
