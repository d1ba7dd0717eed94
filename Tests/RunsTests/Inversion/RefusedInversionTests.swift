import Foundation
import Tensors
import Testing

@testable import Runs

/// Recipes for inversion that make no sense are refused in one line that names the key.
@Suite struct RefusedInversionTests {
  private static let recipe = """
    name: refused
    model: {network: [{width: 8, activation: relu}], inputs: [1, 4, 4]}
    truth: {source: phantom}
    noise: 0.05
    alpha: 0.02

    """

  private static let refused: [(settings: [String], word: String)] = [
    (["regularizer=tv"], "did you mean 'regulariser'"), (["regulariser=tvv"], "did you mean 'tv'"),
    (["regulariser=box"], "has parameters"), (["alpha=1.0e-60"], "1e-30"),
    (["alpha={rule: lCurve, from: 1, to: 1.0e-40}"], "alpha.to"),
    (["regulariser={name: box, lower: 1, upper: 0}"], "upper"),
    (["regulariser=[tv]"], "at least two terms"),
    (["regulariser=[tv, {name: l1, weight: -1}]"], "weight"),
    (["regulariser={name: tgv, ratio: 0}"], "ratio"),
    (["regulariser={name: wavelet, levels: 0}"], "levels"),
    (["regulariser={name: wavelet, levels: 9}"], "regulariser"),
    (["alpha=-1"], "alpha"), (["alpha=0"], "alpha"), (["alpha=automatic"], "auto"),
    (["alpha=auto", "noise=0"], "noise"), (["noise=-0.1"], "noise"),
    (["alpha={rule: lCurve, points: 2}"], "points"),
    (["alpha={rule: lCurve, from: 0.1, to: 1}"], "from"),
    (["alpha={rule: discrepancy, tau: 0}"], "tau"),
    (["start=decoder"], "layers"), (["start=one"], "start"),
    (["start={file: a, decoder: b}"], "either"),
    (["model={shallow: {}, file: x}"], "exactly one"), (["model={width: 3}"], "exactly one"),
    (["model.inputs=[4, 4]"], "inputs"), (["model.inputs=[0]"], "inputs"),
    (["model.inputs=[1, 99999, 99999]"], "inputs"),
    (["model={monotoneResidual: {width: 0, blocks: 2}}"], "width"),
    (["model={monotoneResidual: {width: 2, blocks: 2, norm: -1}}"], "norm"),
    (["model={shallow: {units: 1}}"], "units"), (["model={shallow: {spacing: 0}}"], "spacing"),
    (["unknown=[3, 4, 4]"], "unknown"), (["truth={source: moon}"], "moon"),
    (["truth={source: grid, lower: 0, upper: 1}"], "one number"),
    (["truth={source: fashion-mnist}"], "28 x 28"), (["truth.count=0"], "count"),
    (["methods=[]"], "at least one"), (["methods=[{name: a, rule: newton}]"], "newton"),
    (["methods=[{name: a/b, rule: fista}]"], "name"),
    (["methods=[{name: a, rule: fista}, {name: a, rule: fista}]"], "same name"),
    (["methods=[{name: a, rule: fista, iterations: 0}]"], "iterations"),
    (["methods=[{name: a, rule: fista, change: -1}]"], "change"),
    (["methods=[{name: a, rule: primalDual, relaxation: 2}]"], "relaxation"),
    (["methods=[{name: a, rule: sweep, nudge: 0}]"], "nudge"),
    (["methods=[{name: a, rule: coordinateDescent}]"], "one number"),
    (["methods=[{name: a, rule: layerwise}]"], "monotone"),
    (["methods=[{name: a, rule: sweep}]", "alpha={rule: lCurve}"], "single layer"),
    (
      [
        "model.network=[{width: 8, activation: relu}, {width: 3, activation: identity}]",
        "methods=[{name: a, rule: fista}]",
      ], "single layer"
    ),
    (["seed=-1"], "seed"), (["measurements=[missing.npy]"], "missing.npy"),
  ]

  @Test("Refused with a sentence", arguments: refused.indices)
  func isRefused(_ number: Int) {
    let (settings, word) = Self.refused[number]
    let pool = WorkerPool(threads: 1)
    do {
      let recipe = try InversionRecipe(
        yaml: Self.recipe, source: "refused", settings: settings)
      var session = InversionSession(try InversionProblem(recipe, on: pool))
      try session.run(on: pool) { _, _ in }
      Issue.record("\(settings) was accepted")
    } catch {
      let line = "\(error)"
      #expect(line.contains(word), "\(settings): \(line)")
      #expect(!line.contains("\n"), "\(line)")
    }
  }

  @Test("Neither measurements nor truth")
  func nothing() {
    #expect(throws: RecipeError.self) {
      try InversionRecipe(
        yaml: "name: a\nmodel: x.onnx\nalpha: 1\n", source: "nothing")
    }
  }
}
