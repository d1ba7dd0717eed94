import Foundation
import Testing

@testable import Runs

/// The keys of `kind: splitting`.
@Suite struct SplittingRecipeTests {
  private static let recipe = """
    name: splittings
    data: {source: shapes, trainingSamples: 40, validationSamples: 12, testSamples: 20}
    network: [{width: 5, activation: relu}, {width: 6, activation: softmax}]
    training: {epochs: 3, batchSize: 40}
    methods:
      - {name: m, kind: splitting, formulation: threeSplitting}

    """
  private static let own: [(formulation: String, keys: [String])] = [
    ("threeSplitting", ["gamma", "tau", "alpha"]), ("taylor", ["gamma", "tau"]), ("deepADMM", []),
    ("bregmanADMM", ["lambda", "tau", "steps"]), ("augmentedMAC", ["tau", "steps"]),
  ]
  private static let changed = [
    "rho=0.5", "rhoGrowth=2", "sweeps=2", "restartEvery=1", "weightDecay=0.1",
    "frozenHiddenLayers=true", "gamma=0.4", "lambda=0.4", "tau=7", "steps=1", "alpha=0.2",
  ]

  private func weights(_ settings: [String], _ scratch: Scratch, _ name: String) throws -> Data {
    let run = try run(
      Self.recipe, settings: settings.map { "methods[0].\($0)" }, in: scratch, named: name)
    return try Data(contentsOf: run.folder.lastWeights)
  }

  @Test("Each key, when changed, changes the weights, in every formulation", arguments: own.indices)
  func keys(index: Int) throws {
    let (formulation, keys) = Self.own[index]
    let scratch = try Scratch()
    let base = ["formulation=\(formulation)"]
    let before = try weights(base, scratch, "before")
    for setting in Self.changed {
      let key = String(setting.prefix { $0 != "=" })
      if ["gamma", "lambda", "tau", "steps", "alpha"].contains(key), !keys.contains(key) {
        #expect(throws: RecipeError.self, "\(key) of \(formulation)") {
          try Recipe(
            yaml: Self.recipe, source: "splittings",
            settings: (base + [setting]).map { "methods[0].\($0)" })
        }
      } else {
        #expect(try weights(base + [setting], scratch, key) != before, "\(setting)")
      }
    }
    let growing = try weights(base + ["rhoGrowth=9"], scratch, "growing")
    let bounded = try weights(base + ["rhoGrowth=9", "rhoMaximum=0.5"], scratch, "bounded")
    #expect(growing != bounded)
  }

  @Test("The resolved recipe reads back as itself, in every formulation", arguments: own.indices)
  func resolved(index: Int) throws {
    let settings = [
      "methods[0].formulation=\(Self.own[index].formulation)", "methods[0].rhoMaximum=5",
      "methods[0].restartEvery=2",
    ]
    let recipe = try Recipe(yaml: Self.recipe, source: "splittings", settings: settings)
    #expect(try Recipe(yaml: recipe.yaml, source: "resolved") == recipe)
    #expect(!recipe.methods[0].summary.isEmpty)
  }

  @Test(
    "What cannot be meant is refused at its key, with the reason",
    arguments: [
      (["formulation=thre"], "methods[0].formulation", "threeSplitting"),
      (["formulation=deepADMM", "tau=1"], "methods[0].tau", "unknown key"),
      (["gamma=-1"], "methods[0]", "gamma is -1"), (["rho=0"], "methods[0]", "rho is 0"),
      (["rhoGrowth=0.5"], "methods[0].rhoGrowth", "less than 1"),
      (["rhoMaximum=0.05"], "methods[0].rhoMaximum", "at least rho"),
      (["rhoGrowth=2", "rhoIncreases=0"], "methods[0].rhoIncreases", "between 1"),
      (["alpha=-1"], "methods[0]", "alpha is -1"),
      (["sweeps=0"], "methods[0].sweeps", "between 1"),
      (["restartEvery=0"], "methods[0].restartEvery", "between 1"),
      (["formulation=bregmanADMM", "steps=0"], "methods[0].steps", "between 1"),
    ])
  func refused(settings: [String], key: String, reason: String) throws {
    let error = try #require(throws: RecipeError.self) {
      try Recipe(
        yaml: Self.recipe, source: "splittings", settings: settings.map { "methods[0].\($0)" })
    }
    #expect(error.key == key)
    #expect(error.problem.contains(reason))
  }

  @Test("A smooth activation is refused where the quadratic link needs a piecewise linear one")
  func activation() throws {
    let error = try #require(throws: RecipeError.self) {
      try Recipe(
        yaml: Self.recipe, source: "splittings", settings: ["network[0].activation=tanh"])
    }
    #expect(error.key == "methods.m")
    #expect(error.problem.contains("piecewise linear"))
  }
}
