import Foundation
import Testing

@testable import Runs

/// Recipes as text: what is read is what was meant, and what is written reads back.
@Suite struct RecipeTests {
  @Test(
    "Every built-in recipe survives being written out and read again",
    arguments: BuiltInRecipes.names)
  func roundTrip(_ name: String) throws {
    let recipe = try Recipe(named: name)
    #expect(recipe.name == name)
    #expect(recipe.about?.isEmpty == false)
    #expect(try Recipe(yaml: recipe.yaml, source: name) == recipe)
    for method in recipe.methods {
      let one = recipe.choosing(method, seed: 9)
      #expect(try Recipe(yaml: one.yaml, source: name) == one)
      #expect(one.methods == [method] && one.seed == 9)
    }
  }

  @Test("Every activation, with its parameters, survives being written out and read again")
  func activations() throws {
    let choices: [ActivationChoice] = [
      .identity, .relu, .tanh, .sigmoid, .softplus, .arctan, .isru, .softsign, .asinh, .hardTanh,
      .relu6, .hardSigmoid, .softmax, .sparsemax, .leakyReLU(slope: 0.3),
      .softThreshold(alpha: 0.7),
      .nonnegativeSoftThreshold(alpha: 0.2), .clip(lower: -2, upper: 0.5), .elu(alpha: 0.9),
      .smoothReLU(kappa: 0.1), .groupSoftThreshold(alpha: 0.25, groupSize: 3), .l2Ball(radius: 2),
      .l1Ball(radius: 3),
    ]
    for choice in choices {
      let json = try JSONEncoder().encode(choice)
      #expect(try JSONDecoder().decode(ActivationChoice.self, from: json) == choice)
      #expect(String(decoding: json, as: UTF8.self).contains(choice.name))
    }
    #expect(Set(choices.map(\.name)).count == choices.count)
  }

  @Test("Settings are laid over a recipe, the last one of a key wins, and missing groups are made")
  func settings() throws {
    let recipe = try Recipe(
      named: "quickstart",
      settings: [
        "training.epochs=3", "training.epochs=4", "methods[1].update.stepSize=0.5",
        "methods.0.rescue.strength=7", "network[0].activation={name: clip, lower: -1, upper: 2}",
      ])
    #expect(recipe.training.epochs == 4)
    #expect(recipe.network.layers[0].activation == .clip(lower: -1, upper: 2))
    let sweeps = try recipe.methods.map { try #require($0.kind as? SweepRecipe) }
    #expect(sweeps[0].rescue?.strength == 7)
    let adam = try #require(sweeps[1].updates.first?.rule as? AdamRule)
    #expect(adam.stepSize == 0.5 && adam.firstDecay == 0.9)
    #expect(adam.secondDecay == 0.999 && adam.epsilon == 1e-8)
  }

  @Test("A key that is left out has the documented default")
  func defaults() throws {
    let recipe = try Recipe(
      yaml: """
        name: least
        data: {source: shapes}
        network: [{width: 6, activation: softmax}]
        training: {epochs: 1}
        methods: [{name: a, signal: mirror, update: {rule: implicit, tau: 2}}]
        """, source: "least")
    #expect(recipe.seed == 1 && recipe.data.task == .classification && recipe.data.noise == 0)
    #expect(recipe.training.batchSize == 100 && recipe.training.schedule == .constant)
    #expect(recipe.training.initialisation == .he && recipe.training.patience == nil)
    let sweep = try #require(recipe.methods[0].kind as? SweepRecipe)
    #expect(sweep.signal == .mirror && sweep.nudge == .fixed(1) && sweep.rescue == nil)
    let implicit = try #require(sweep.updates.first?.rule as? ImplicitRule)
    #expect(implicit.tau == 2 && implicit.relaxation == 1)
    #expect(recipe.methods[0].weightPenalty.decay == 1e-4)
    #expect(!recipe.methods[0].frozenHiddenLayers)
  }

  @Test("Near misses are answered with the word that was meant, others with the list")
  func suggestions() {
    #expect(
      StrictReader.suggestion(for: "stepsize", among: ["tau", "stepSize"]).contains("'stepSize'"))
    #expect(
      StrictReader.suggestion(for: "qqqqqqq", among: ["tau", "rounds"]) == "; one of: tau, rounds")
  }
}
