import ArgumentParser
import Runs
import Tensors

/// Options of every command that computes.
struct ComputeOptions: ParsableArguments {
  @Option(
    help:
      "Threads to work with, by default one for each processor; results are the same for any number."
  )
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024, not \(threads)")
    }
  }

  var pool: WorkerPool { WorkerPool(threads: threads ?? WorkerPool.processors) }
}

/// Options of every command that reads a recipe.
struct RecipeOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Lay a value over the recipe, such as training.epochs=3; may be repeated.",
      valueName: "key=value"))
  var settings: [String] = []

  func recipe(_ name: String) throws -> Recipe { try Recipe(named: name, settings: settings) }
}
