import ArgumentParser
import Foundation
import Lifted
import Runs
import Tensors

/// `lifted train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train by one method of a recipe, into a new run folder.")

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

  func run() throws {
    let recipe = try settings.recipe(recipe)
    let method = try recipe.method(named: method)
    let chosen = recipe.choosing(method, seed: seed)
    let pool = compute.pool
    let experiment = try Experiment(chosen, method: method, on: pool)
    Interruption.listen()
    let folder =
      try self.folder.map { try RunFolder.create(at: URL(fileURLWithPath: $0)) }
      ?? RunFolder.create(
        in: URL(fileURLWithPath: "runs"), recipe: recipe.name, method: method.name,
        seed: chosen.seed)
    let run = try TrainingRun(experiment, startingIn: folder, on: pool)
    try run.complete(quiet: compute.quiet)
  }
}

/// `lifted resume`.
struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Go on with an interrupted run, exactly where it stopped.")

  @Argument(help: "The run folder.")
  var folder: String

  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: self.folder))
    let pool = compute.pool
    let experiment = try RunReport.experiment(of: folder, on: pool)
    Interruption.listen()
    try TrainingRun(experiment, resuming: folder, on: pool).complete(quiet: compute.quiet)
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

extension TrainingRun {
  /// Runs to the end, says where the results are, and ends the program if it was interrupted or
  /// diverged.
  func complete(quiet: Bool) throws {
    var run = self
    if !quiet {
      Terminal.complain("\(experiment.recipe.name): \(experiment.method.summary)")
    }
    var display = Terminal.progress(quiet: quiet)
    let reason = try run.run(display: &display) { Interruption.isRequested }
    if reason == .interrupted {
      Terminal.complain("interrupted; go on with: lifted resume \(folder.path)")
      throw ExitCode(Interruption.exitStatus)
    }
    print(try FigureTable(folder).text)
    print("\(reason.description); report: \(folder.report.relativePath)")
    if reason == .notFinite { throw ExitCode(2) }
  }
}
