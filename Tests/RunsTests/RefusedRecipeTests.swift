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

  @Test("The last layer of a reconstruction takes no l1 either: its variable is the target")
  func targetWithoutRegulariser() {
    #expect(throws: RecipeError.self) {
      try Recipe(named: "auto-encoder", settings: ["network[4].l1=0.1"])
    }
  }
}
