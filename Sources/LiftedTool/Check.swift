import ArgumentParser
import Lifted
import Runs
import Tensors

/// `lifted check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a recipe, its data and its methods without training.")

  @Argument(help: "A recipe file, or the name of a built-in recipe.")
  var recipe: String

  @Flag(help: "Print the resolved recipe, all defaults written out.")
  var resolved = false

  @OptionGroup var settings: RecipeOptions

  func run() throws {
    let recipe = try settings.recipe(recipe)
    if resolved { return print(try recipe.yaml, terminator: "") }
    let pool = WorkerPool(threads: 1)
    let data = try DataSets(recipe)
    for method in recipe.methods {
      let experiment = try Experiment(recipe, method: method, data: data, on: pool)
      print("\(method.name): \(method.summary); \(experiment.network.parameterCount) parameters")
    }
    print(
      "\(data.train.count) samples to train on, \(data.validation.count) to validate, "
        + "\(data.test.count) to test; the recipe is in order")
  }
}
