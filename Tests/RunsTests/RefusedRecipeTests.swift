import Tensors
import Testing

@testable import Runs

/// Settings that would lead a folder elsewhere, or change nothing, are refused.
@Suite struct RefusedRecipeTests {
  @Test(
    "Refused settings name their key",
    arguments: [
      ("name=a/b", "name"), ("name=..", "name"), ("name=''", "name"),
      ("methods[0].name=../../elsewhere", "methods"), ("methods[0].name='a,b'", "methods"),
      ("methods[0].name=\(String(repeating: "n", count: 101))", "methods"),
      ("data.noise=0.1", "data.noise"), ("data.folder=somewhere", "data.folder"),
      ("network[2].l1=0.1", "network"),
    ])
  func refused(setting: String, key: String) throws {
    let error = try #require(throws: RecipeError.self) {
      try Recipe(named: "quickstart", settings: [setting])
    }
    #expect(error.key.hasPrefix(key))
  }

  @Test("A recipe in which nothing is to be trained is refused")
  func nothingToTrain() throws {
    let settings = ["network[0].frozen=true", "network[1].frozen=true", "network[2].frozen=true"]
    let recipe = try Recipe(
      named: "quickstart", settings: settings + ["data={source: shapes, trainingSamples: 20}"])
    let error = #expect(throws: RecipeError.self) {
      try Experiment(recipe, method: recipe.methods[0], on: WorkerPool(threads: 1))
    }
    #expect(error?.problem.contains("no layer is to be trained") == true)
  }

  @Test("The last layer of a reconstruction takes no l1 either: its variable is the target")
  func targetWithoutRegulariser() {
    #expect(throws: RecipeError.self) {
      try Recipe(named: "auto-encoder", settings: ["network[4].l1=0.1"])
    }
  }
}
