import Foundation
import Interchange
import Lifted
import Tensors
import Testing

@testable import Runs

/// A run of denoising as what is known of an unknown.
@Suite struct DenoiserPriorTests {
  private let pool = WorkerPool(threads: 1)

  /// A run folder of a denoiser that has not been trained: cosine filters.
  private func denoiser(
    in scratch: Scratch, data: String = "", network: String = "threshold: 0.05"
  ) throws -> RunFolder {
    let recipe = try Recipe(
      yaml: restorationRecipe("none", data: data, network: network), source: "denoiser")
    let folder = try scratch.run()
    let network = try recipe.likeness()
    let patch = try ImageShape(channels: 1, height: 12, width: 12)
    let theta = try recipe.network.parameters(
      for: network, recipe.training, on: .image(patch),
      map: recipe.data.restoration?.operator.map(on: patch, seed: 1), seed: 1,
      probe: Tensor(shape: [0]), pool)
    try WeightFile.write(theta, of: network, to: folder.bestWeights)
    try AtomicFile.write(Data(try recipe.yaml.utf8), to: folder.recipe)
    return folder
  }

  private func recipe(
    _ prior: String, rule: String = "sweep", hidden: String = "{width: 90, activation: tanh}, "
  ) throws -> InversionRecipe {
    try InversionRecipe(
      yaml: """
        name: prior
        model: {network: [\(hidden){width: 90, activation: identity}], inputs: [1, 8, 8], weights: he}
        truth: {source: phantom, count: 2}
        regulariser: \(prior)
        alpha: 1.0e-5
        methods: [{name: m, rule: \(rule), iterations: 30}]

        """, source: "prior")
  }

  private func answer(_ recipe: InversionRecipe) throws -> InversionAnswer {
    var session = InversionSession(try InversionProblem(recipe, on: pool))
    try session.run(on: pool) { _, _ in }
    return try #require(session.answers.first).answer
  }

  @Test("The run and the strength change the answer, which has no value of J")
  func changes() throws {
    let scratch = try Scratch()
    let folder = try denoiser(in: scratch)
    let once = try answer(recipe("{name: denoiser, run: \(folder.path)}"))
    let twice = try answer(recipe("{name: denoiser, run: \(folder.path), strength: 20}"))
    #expect(once.unknowns.isFinite && twice.unknowns.isFinite && once.unknowns != twice.unknowns)
    #expect(once.unknowns != (try answer(recipe("tv")).unknowns))
    #expect(once.rows.allSatisfy { $0.regulariser == nil && $0.psnr != nil })
    let resolved = try recipe("{name: denoiser, run: \(folder.path), strength: 20}")
    #expect(try InversionRecipe(yaml: resolved.yaml, source: "resolved") == resolved)
  }

  @Test("What is no denoiser is refused with where and how to mend it")
  func refusals() throws {
    let scratch = try Scratch()
    let blur = try denoiser(
      in: scratch, data: ", operator: {name: blur, size: 5, deviation: 1}",
      network: "threshold: 0.05, scheme: condatVu")
    func refused(
      _ prior: String, _ words: String, rule: String = "sweep",
      hidden: String = "{width: 90, activation: tanh}, "
    ) throws {
      do {
        _ = try answer(recipe(prior, rule: rule, hidden: hidden))
        Issue.record("\(prior) was taken")
      } catch { #expect("\(error)".contains(words), "\(error)") }
    }
    try refused("{name: denoiser, run: \(blur.path)}", "data.operator")
    try refused("{name: denoiser, run: \(scratch.url.path)/nothing}", "nothing")
    try refused("{name: denoiser, run: \(blur.path), strength: 0}", "strength")
    try refused("[tv, {name: denoiser, run: \(blur.path)}]", "cannot be added")
    try refused("denoiser", "has parameters")
    // The convex solvers of a single layer compare values, and a denoiser has none.
    let other = try Scratch()
    let good = try denoiser(in: other)
    try withExtendedLifetime(other) {
      try refused("{name: denoiser, run: \(good.path)}", "sweep", rule: "primalDual", hidden: "")
    }
  }
}
