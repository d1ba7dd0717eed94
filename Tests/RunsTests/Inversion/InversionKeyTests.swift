import Foundation
import Tensors
import Testing

@testable import Runs

/// Every key of a recipe for inversion does something: change it, and the answer is another one.
@Suite struct InversionKeyTests {
  private static let recipe = """
    name: keys
    model: {network: [{width: 48, activation: relu}], inputs: [1, 8, 8]}
    truth: {source: phantom, count: 2}
    noise: 0.05
    regulariser: tv
    alpha: 0.02
    methods: [{name: m, rule: primalDual, iterations: 40, polish: false}]

    """

  private static func method(_ text: String) -> String { "methods=[{name: m, \(text)}]" }

  private static let deep = [
    "model={network: [{width: 20, activation: relu}, {width: 20, activation: identity}], inputs: [9], weights: he}",
    "truth={source: normal, count: 2}", "regulariser=tikhonov", "alpha=1.0e-4",
  ]
  private static let sweep = deep + [method("rule: sweep, iterations: 20")]
  private static let joint = deep + [method("rule: jointSweeps, iterations: 20")]
  private static let back =
    deep + ["start=adjoint", method("rule: backPropagation, iterations: 20")]
  private static let residual = [
    "model={monotoneResidual: {width: 4, blocks: 3}}", "truth={source: normal, count: 2}",
    "regulariser=tikhonov", "alpha=1.0e-3",
  ]
  private static let compact = residual + [method("rule: compactForm, iterations: 20, rho: 3")]
  private static let layerwise =
    residual + [method("rule: layerwise, iterations: 3, tolerance: 1.0e-7")]
  private static let shallow = [
    "model={shallow: {units: 8, spacing: 0.2}}", "noise=0.01",
    "truth={source: grid, count: 3, lower: 0.1, upper: 1.2}", "regulariser=tikhonov",
    "alpha=1.0e-3", method("rule: coordinateDescent, sweeps: 20"),
  ]
  private static let dead = ["model.shift=-3"]
  private static let wavelet = ["regulariser={name: wavelet, levels: 1}"]
  private static let box = ["regulariser={name: box, lower: 0.2, upper: 0.7}"]
  private static let sum = ["regulariser=[{name: tv, weight: 1}, nonnegative]"]
  private static let colour = [
    "model.inputs=[3, 4, 4]", "regulariser={name: tv, coupled: false}",
    "truth={source: dead-leaves}",
  ]

  private static let changes: [(base: [String], change: String)] = [
    ([], "seed=2"), ([], "noise=0.1"), ([], "alpha=0.05"), ([], "alpha=auto"),
    ([], "alpha={rule: discrepancy, tau: 2}"),
    ([], "alpha={rule: lCurve, from: 0.5, to: 0.001, points: 7}"),
    (["alpha={rule: lCurve, from: 0.5, to: 0.001, points: 7}"], "alpha.from=5"),
    (["alpha={rule: lCurve, from: 0.5, to: 0.001, points: 7}"], "alpha.to=0.01"),
    (["alpha={rule: lCurve, from: 0.5, to: 0.001, points: 7}"], "alpha.points=6"),
    ([], "alpha={rule: oracle, from: 0.5, to: 0.001, points: 6}"),
    (["alpha={rule: discrepancy, tau: 1}"], "alpha.tau=3"),
    ([], "model.network[0].width=50"), ([], "model.network[0].activation=tanh"),
    ([], "model.weights=he"), ([], "model.shift=-1"),
    ([], "truth.source=dead-leaves"), ([], "truth.count=1"),
    ([], "truth={source: normal, count: 2}"),
    ([], "start=adjoint"),
    ([], "regulariser=tikhonov"), ([], "regulariser=l1"), ([], "regulariser=nonnegative"),
    ([], "regulariser=tgv"), (["regulariser={name: tgv, ratio: 2}"], "regulariser.ratio=0.5"),
    ([], "regulariser={name: tv, isotropic: false}"), (colour, "regulariser.coupled=true"),
    ([], wavelet[0]), (wavelet, "regulariser.levels=2"),
    (wavelet, "regulariser.family=daubechies4"),
    ([], box[0]), (box, "regulariser.lower=0.3"), (box, "regulariser.upper=0.5"),
    ([], sum[0]), (sum, "regulariser[0].weight=3"),
    ([], method("rule: primalDual, iterations: 41, polish: false")),
    ([], method("rule: primalDual, iterations: 40, polish: false, stride: 0.1")),
    ([], method("rule: primalDual, iterations: 40, polish: false, relaxation: 1")),
    ([], method("rule: primalDual, iterations: 40, polish: false, threshold: 0")),
    ([], method("rule: primalDual, iterations: 40, polish: false, change: 0.5")),
    (["regulariser=tikhonov"], method("rule: primalDual, iterations: 40, polish: false, gap: 0.5")),
    ([], method("rule: automatic, iterations: 40")),
    ([], method("rule: fista, iterations: 40, polish: false")),
    (
      [method("rule: fista, iterations: 300, polish: false, change: 0, gap: 0")],
      method("rule: fista, iterations: 300, polish: false, change: 0, gap: 0, restarts: false")
    ),
    ([], method("rule: admm, iterations: 40, polish: false")),
    (
      [method("rule: admm, iterations: 4, polish: false")],
      method("rule: admm, iterations: 4, polish: false, steps: 2")
    ),
    (
      [method("rule: admm, iterations: 4, polish: false")],
      method("rule: admm, iterations: 4, polish: false, stride: 0.5")
    ),
    ([], method("rule: condatVu, iterations: 40, polish: false")),
    ([], method("rule: landweber, iterations: 40")),
    ([], method("rule: bregmanIteration, iterations: 40")),
    (
      [method("rule: bregmanIteration, iterations: 4")],
      method("rule: bregmanIteration, iterations: 4, innerIterations: 10")
    ),
    (dead, method("rule: backPropagation, iterations: 40")),
    (sweep, method("rule: sweep, iterations: 21")),
    (sweep, method("rule: sweep, iterations: 20, signal: mirror")),
    (sweep, method("rule: sweep, iterations: 20, nudge: 3")),
    (joint, method("rule: jointSweeps, iterations: 30")),
    (joint, method("rule: jointSweeps, iterations: 20, sweep: jacobi")),
    (joint, method("rule: jointSweeps, iterations: 20, accelerated: false")),
    (joint, method("rule: jointSweeps, iterations: 20, growth: 2")),
    (joint, method("rule: jointSweeps, iterations: 20, forwardRestart: 5")),
    (back, method("rule: backPropagation, iterations: 30")),
    (back, method("rule: backPropagation, iterations: 20, stepSize: 0.01")),
    (sweep, "alpha=auto"), (sweep, method("rule: automatic, iterations: 10")),
    (compact, "model.monotoneResidual.width=5"), (compact, "model.monotoneResidual.blocks=2"),
    (compact, "model.monotoneResidual.norm=0.9"),
    (compact, "model.monotoneResidual.activation=tanh"),
    (compact, method("rule: compactForm, iterations: 30, rho: 3")),
    (compact, method("rule: compactForm, iterations: 20, rho: 5")),
    (compact, method("rule: compactForm, iterations: 20, rho: 3, lambda: 3")),
    (compact, method("rule: compactForm, iterations: 20, rho: 3, multipliers: 4")),
    (compact, method("rule: layerwise")),
    (layerwise, method("rule: layerwise, iterations: 4, tolerance: 1.0e-7")),
    (layerwise, method("rule: layerwise, iterations: 3, tolerance: 0.1")),
    (shallow, "model.shallow.units=9"), (shallow, "model.shallow.spacing=0.1"),
    (shallow, "truth.lower=0.2"), (shallow, "truth.upper=1.1"),
    (shallow, method("rule: coordinateDescent, sweeps: 21")),
    (shallow, method("rule: coordinateDescent, sweeps: 20, tolerance: 0.1")),
  ]

  private static func answer(_ settings: [String]) throws -> [Tensor<Float>] {
    let recipe = try InversionRecipe(yaml: recipe, source: "keys", settings: settings)
    let pool = WorkerPool(threads: 1)
    var session = InversionSession(try InversionProblem(recipe, on: pool))
    try session.run(on: pool) { _, _ in }
    return session.answers.map(\.answer.unknowns)
  }

  @Test("Each key changes the answer", arguments: changes.indices)
  func changesTheAnswer(_ number: Int) throws {
    let (base, change) = Self.changes[number]
    let (before, after) = (try Self.answer(base), try Self.answer(base + [change]))
    let isFinite = (before + after).allSatisfy(\.isFinite)
    #expect(isFinite, "\(change)")
    let isAnother = before != after
    #expect(isAnother, "\(change)")
  }

  @Test(
    "What is observed is the history, whether alpha is fixed or found",
    arguments: ["alpha=0.02", "alpha=auto"])
  func observed(_ alpha: String) throws {
    let recipe = try InversionRecipe(yaml: Self.recipe, source: "keys", settings: [alpha])
    let pool = WorkerPool(threads: 1)
    var session = InversionSession(try InversionProblem(recipe, on: pool))
    var looks: [InversionAnswer.Look] = []
    try session.run(on: pool) { _, look in looks.append(look) }
    let answer = try #require(session.answers.first).answer
    #expect(looks.count > 3 && looks == answer.history)
  }

  @Test("A resolved recipe reads back as itself", arguments: changes.indices)
  func resolved(_ number: Int) throws {
    let (base, change) = Self.changes[number]
    let recipe = try InversionRecipe(
      yaml: Self.recipe, source: "keys", settings: base + [change])
    let again = try InversionRecipe(yaml: recipe.yaml, source: "resolved")
    #expect(again == recipe)
  }

  @Test("The same recipe gives the same bits with any number of threads")
  func threads() throws {
    let recipe = try InversionRecipe(yaml: Self.recipe, source: "keys", settings: [])
    let answers = try [1, 2, 4].map { threads in
      let pool = WorkerPool(threads: threads)
      var session = InversionSession(try InversionProblem(recipe, on: pool))
      try session.run(on: pool) { _, _ in }
      return session.answers[0].answer.unknowns
    }
    #expect(answers[0] == answers[1] && answers[0] == answers[2])
  }

  @Test(
    "Built-in recipes can be read and resolve to themselves", arguments: BuiltInInversions.names)
  func builtIn(_ name: String) throws {
    let recipe = try InversionRecipe(named: name)
    #expect(recipe.name == name && recipe.about != nil)
    #expect(try InversionRecipe(yaml: recipe.yaml, source: name) == recipe)
  }
}
