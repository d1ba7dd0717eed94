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

  func run() throws {
    try sharing.together { ranks in
      var run = try prepare(ranks)
      try run.complete(quiet: compute.quiet)
    }
  }

  private func prepare(_ ranks: any Communicator) throws -> RankRun {
    let pool = compute.pool(sharing: ranks)
    let plan = sharing.plan(over: ranks)
    let (experiment, parallel) = try ranks.inAgreement {
      let recipe = try settings.recipe(recipe)
      let method = try recipe.method(named: method)
      let experiment = try Experiment(
        recipe.choosing(method, seed: seed), method: method,
        share: plan == nil ? .all : .rank(ranks.rank),
        on: pool)
      return (experiment, try plan?.training(of: experiment, over: ranks))
    }
    try ranks.requireSame(experiment.recipe.yaml, "recipe")
    Interruption.listen()
    return try ranks.inAgreement {
      try RankRun(experiment, over: ranks, together: parallel, on: pool) {
        try TrainingRun(
          experiment, startingIn: newFolder(experiment), on: pool, together: parallel)
      }
    }
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

  func run() throws {
    try sharing.together { ranks in
      var run = try prepare(ranks)
      try run.complete(quiet: compute.quiet)
    }
  }

  private func prepare(_ ranks: any Communicator) throws -> RankRun {
    let pool = compute.pool(sharing: ranks)
    let folder = try ranks.inAgreement { try RunFolder.open(URL(fileURLWithPath: self.folder)) }
    let earlier = try ranks.broadcast(value: ranks.isRoot ? RankPlan(of: folder) : nil)
    let plan = sharing.plan(over: ranks, after: earlier)
    let (experiment, parallel) = try ranks.inAgreement {
      let experiment = try RunReport.experiment(
        of: folder, share: plan == nil ? .all : .rank(ranks.rank), on: pool)
      let whole = plan?.following(earlier, of: experiment, ranks: ranks.size)
      return (experiment, try whole?.training(of: experiment, over: ranks))
    }
    try ranks.requireSame(experiment.recipe.yaml, "recipe")
    Interruption.listen()
    return try ranks.inAgreement {
      try RankRun(experiment, over: ranks, together: parallel, on: pool) {
        try TrainingRun(experiment, resuming: folder, on: pool, together: parallel)
      }
    }
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
