import ArgumentParser
import Distributed
import Foundation
import Lifted
import Runs
import Tensors

/// `lifted train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train by one method of a recipe, into a new run folder.",
    discussion: """
      Started by mpirun or srun, all ranks train together: mpirun -n 4 lifted train RECIPE
      """)

  @Argument(help: "A recipe file, or the name of a built-in recipe.")
  var recipe: String

  @Option(help: "Which of the recipe's methods; the first if left out.")
  var method: String?

  @Option(help: "The seed, instead of the recipe's.")
  var seed: UInt64?

  @Option(help: "The run folder to make; by default runs/RECIPE-METHOD-sSEED.")
  var folder: String?

  @OptionGroup var settings: RecipeOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var sharing: RankOptions

  func run() throws { try sharing.together(run) }

  private func run(_ ranks: any Communicator) throws {
    let pool = compute.pool(sharing: ranks)
    let plan = sharing.plan(after: nil, over: ranks)
    let (experiment, parallel) = try ranks.inAgreement {
      let recipe = try settings.recipe(recipe)
      let method = try recipe.method(named: method)
      let experiment = try Experiment(
        recipe.choosing(method, seed: seed), method: method, on: pool)
      return (experiment, try plan?.training(of: experiment, over: ranks))
    }
    try ranks.requireSame(experiment.recipe.yaml, "recipe")
    Interruption.listen()
    let run = try ranks.inAgreement {
      try ranks.isRoot
        ? TrainingRun(experiment, startingIn: newFolder(experiment), on: pool, together: parallel)
        : nil
    }
    try experiment.complete(run, together: parallel, on: pool, quiet: compute.quiet)
  }

  private func newFolder(_ experiment: Experiment) throws -> RunFolder {
    if let folder { return try RunFolder.create(at: URL(fileURLWithPath: folder)) }
    return try RunFolder.create(
      in: URL(fileURLWithPath: "runs"), recipe: experiment.recipe.name,
      method: experiment.method.name, seed: experiment.recipe.seed)
  }
}

/// `lifted resume`.
struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Go on with an interrupted run, exactly where it stopped.")

  @Argument(help: "The run folder.")
  var folder: String

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var sharing: RankOptions

  func run() throws { try sharing.together(run) }

  private func run(_ ranks: any Communicator) throws {
    let pool = compute.pool(sharing: ranks)
    let folder = try ranks.inAgreement { try RunFolder.open(URL(fileURLWithPath: self.folder)) }
    let plan = try ranks.broadcast(value: sharing.plan(after: SumPlan(of: folder), over: ranks))
    let (experiment, parallel) = try ranks.inAgreement {
      let experiment = try RunReport.experiment(of: folder, on: pool)
      return (experiment, try plan?.training(of: experiment, over: ranks))
    }
    try ranks.requireSame(experiment.recipe.yaml, "recipe")
    Interruption.listen()
    let run = try ranks.inAgreement {
      try ranks.isRoot
        ? TrainingRun(experiment, resuming: folder, on: pool, together: parallel) : nil
    }
    try experiment.complete(run, together: parallel, on: pool, quiet: compute.quiet)
  }
}

extension Recipe {
  /// One of the methods by name, or the first.
  func method(named name: String?) throws -> MethodRecipe {
    guard let name else { return methods[0] }
    guard let method = methods.first(where: { $0.name == name }) else {
      throw ToolError(
        "the recipe has no method '\(name)'; one of: "
          + methods.map(\.name).joined(separator: ", "))
    }
    return method
  }
}

extension Experiment {
  /// Runs to the end, as the rank that writes or as one that follows, and ends the program if it was
  /// interrupted or diverged.
  fileprivate func complete(
    _ run: TrainingRun?, together parallel: DataParallelTraining?, on pool: WorkerPool, quiet: Bool
  ) throws {
    let reason: StopReason
    if let run {
      reason = try run.complete(quiet: quiet, ranks: parallel?.communicator.size ?? 1)
    } else if let parallel {
      var run = try FollowingRun(self, together: parallel, on: pool)
      reason = try run.run { Interruption.isRequested }
    } else {
      return
    }
    switch reason {
    case .interrupted:
      throw ExitCode(Interruption.exitStatus(ranks: parallel?.communicator.size ?? 1))
    case .notFinite: throw ExitCode(2)
    default: break
    }
  }
}

extension TrainingRun {
  /// Runs to the end and says where the results are.
  fileprivate func complete(quiet: Bool, ranks: Int) throws -> StopReason {
    var run = self
    if !quiet {
      let company = ranks > 1 ? "; \(ranks) ranks" : ""
      Terminal.complain("\(experiment.recipe.name): \(experiment.method.summary)\(company)")
    }
    var display = Terminal.progress(quiet: quiet)
    let reason = try run.run(display: &display) { Interruption.isRequested }
    if reason == .interrupted {
      Terminal.complain("interrupted; go on with: lifted resume \(folder.path)")
    } else {
      print(try FigureTable(folder).text)
      print("\(reason.description); report: \(folder.report.relativePath)")
    }
    return reason
  }
}
