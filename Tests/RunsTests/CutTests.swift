import Lifted
import Testing

@testable import Runs

/// How a round is cut for the threads, as a recipe says it.
@Suite struct CutTests {
  private func yaml(_ more: String) -> String {
    """
    name: cuts
    data: {source: shapes, trainingSamples: 40, testSamples: 5}
    network: [{width: 5, activation: relu}, {width: 6, activation: softmax}]
    training: {epochs: 1, batchSize: 20}
    methods: [{name: m, kind: blockDescent\(more)}]

    """
  }

  private func schedule(_ yaml: String) throws -> LayerSchedule {
    let kind = try Recipe(yaml: yaml, source: "cuts").methods[0].kind
    return try #require(kind as? BlockDescentRecipe).cut
  }

  @Test("A recipe's cut is that of the training, and is written where it is not the default")
  func read() throws {
    #expect(try schedule(yaml("")) == .auto)
    for (word, schedule) in [("auto", LayerSchedule.auto), ("tiles", .tiles), ("rows", .rows)] {
      let recipe = try Recipe(yaml: yaml(", cut: \(word)"), source: "cuts")
      #expect(try recipe.yaml.contains("cut:") == (schedule != .auto))
      #expect(try self.schedule(recipe.yaml) == schedule)
      let kind = try #require(recipe.methods[0].kind as? BlockDescentRecipe)
      let method = try kind.make(.standard, calibrated: nil)
      #expect((method as? BlockDescentTraining)?.schedule == schedule)
    }
  }

  @Test("Another word, and rows under a solver that looks at all samples, are refused")
  func refused() throws {
    for text in [", cut: columns", ", cut: rows, variableSolver: {rule: backtracking}"] {
      let error = try #require(throws: RecipeError.self) {
        try Recipe(yaml: yaml(text), source: "cuts")
      }
      #expect(error.description.contains("layers"))
    }
  }
}
