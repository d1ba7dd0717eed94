import ArgumentParser
import Foundation
import Lifted
import Runs
import Tensors

/// `lifted check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a recipe or a study, its data and its methods without training.")

  @Argument(help: "A recipe file, the name of a built-in recipe, or a study file.")
  var recipe: String

  @Flag(help: "Print the resolved recipe, all defaults written out.")
  var resolved = false

  @OptionGroup var settings: RecipeOptions

  func run() throws {
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

  private static func summary(of experiment: Experiment) -> String {
    let data = experiment.data
    return "\(data.train.count) samples to train on, \(data.validation.count) to validate, "
      + "\(data.test.count) to test"
  }
}
