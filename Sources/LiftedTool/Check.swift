import ArgumentParser
import Foundation
import Lifted
import Runs
import Tensors

/// `lifted check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a recipe or a study, its data and its methods without training or inverting.")

  @Argument(
    help: "A recipe file, also for inversion, the name of a built-in recipe, or a study file.")
  var recipe: String

  @Flag(help: "Print the resolved recipe, all defaults written out.")
  var resolved = false

  @OptionGroup var settings: RecipeOptions

  func run() throws {
    guard try !InversionRecipe.isInversion(recipe) else { return try checkInversion() }
    let study = try settings.study([recipe])
    if resolved {
      return print(try study.tasks.map { try $0.yaml }.joined(separator: "---\n"), terminator: "")
    }
    let session = StudySession(study, in: URL(fileURLWithPath: "."), on: WorkerPool(threads: 1))
    var last: Experiment?
    try session.check { experiment in
      if let last, last.recipe.name != experiment.recipe.name { print(Self.summary(of: last)) }
      let method = experiment.method
      print(
        "\(method.name): \(method.summary); \(experiment.network.parameterCount) parameters")
      last = experiment
    }
    let end = study.text == nil ? "the recipe is in order" : "the study is in order"
    if let last { print("\(Self.summary(of: last)); \(end)") }
    for remark in study.remarks { print(remark) }
    if study.text != nil { print("\(study.jobs.count) runs") }
  }

  private func checkInversion() throws {
    let recipe = try InversionRecipe(named: recipe, settings: settings.settings)
    if resolved { return print(try recipe.yaml, terminator: "") }
    let problem = try InversionProblem(recipe, on: WorkerPool(threads: 1))
    print(
      "\(problem.network.depth) layers, \(problem.network.inputs) unknown numbers from "
        + "\(problem.network.outputs); \(problem.measurements.rows) measurements; methods: "
        + recipe.methods.map(\.name).joined(separator: ", ") + "; the recipe is in order")
  }

  private static func summary(of experiment: Experiment) -> String {
    let data = experiment.data
    return "\(data.train.count) samples to train on, \(data.validation.count) to validate, "
      + "\(data.test.count) to test"
  }
}
