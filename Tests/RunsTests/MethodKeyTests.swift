import Foundation
import Lifted
import Tensors
import Testing
import Yams

@testable import Runs

/// Every key of every method, found by writing the method out: another value gives other weights, or
/// is refused with the reason.
@Suite struct MethodKeyTests {
  /// A key of a written method: where it stands, in what group, under which rule or kind.
  private struct Leaf {
    let path: String
    let group: String
    let rule: String
    let key: String
    let value: String
  }

  private static func yaml(_ base: MethodBase) -> String {
    let hidden = Array(repeating: "{width: 5, activation: \(base.hidden)}", count: 3)
    let layers = hidden + ["{width: 6, activation: \(base.head)}"]
    return """
      name: keys
      data: {source: shapes, trainingSamples: 40, testSamples: 5}
      network: [\(layers.joined(separator: ", "))]
      training: {epochs: 1, batchSize: 20}
      methods: [{name: m, \(base.text)}]

      """
  }

  /// The written method's keys, those of its groups included.
  private static func leaves(
    _ node: Node, _ path: String = "methods[0]", group: String = "method"
  ) -> [Leaf] {
    if let items = node.sequence {
      return items.enumerated().flatMap { leaves($1, "\(path)[\($0)]", group: group) }
    }
    let rule = node[group == "method" ? "kind" : "rule"]?.string ?? ""
    return (node.mapping ?? [:]).flatMap { name, child -> [Leaf] in
      guard let key = name.string, key != "name" else { return [] }
      if let value = child.scalar?.string {
        return [Leaf(path: "\(path).\(key)", group: group, rule: rule, key: key, value: value)]
      }
      let own = Leaf(path: path, group: group, rule: rule, key: key, value: "")
      let inner = key == "updates" ? "update" : key
      return [own] + leaves(child, "\(path).\(key)", group: inner)
    }
  }

  private static func leaves(_ base: MethodBase) throws -> [Leaf] {
    let recipe = try Recipe(yaml: yaml(base), source: "base")
    let written = try #require(try Yams.compose(yaml: recipe.yaml)?["methods"]?[0])
    return leaves(written)
  }

  /// The trained weights.
  private static func weights(_ base: MethodBase, _ setting: String? = nil) throws -> [Float] {
    let pool = WorkerPool(threads: 1)
    let recipe = try Recipe(
      yaml: yaml(base), source: "keys", settings: setting.map { [$0] } ?? [])
    let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
    let training = experiment.training
    var state = training.start(from: experiment.initial)
    var workspace = TrainingWorkspace<Float>(for: experiment.network)
    while state.progress.epoch < training.epochs {
      _ = try training.step(&state, &workspace, from: experiment.data.train, on: pool)
    }
    return state.theta.layers.joined().flatMap(\.scalars)
  }

  /// Whether weights differ by more than rounding.
  private static func differ(_ a: [Float], _ b: [Float]) -> Bool {
    zip(a, b).contains { !(abs($0 - $1) <= 1e-5) }
  }

  /// Other values for a key: for a word all that there are, as its refusal lists them.
  private static func others(_ leaf: Leaf, _ base: MethodBase) -> (values: [String], words: Bool) {
    if let flag = Bool(leaf.value) { return (["\(!flag)"], true) }
    if let number = Int(leaf.value), number > 1 {
      return (["\(2 * number)", "\(number / 2)"], false)
    }
    if let number = Double(leaf.value) {
      return ([2, 0.5, 0.9, 1e5, 1e-3].map { short($0 * number) }, false)
    }
    do {
      _ = try Recipe(yaml: yaml(base), source: "keys", settings: ["\(leaf.path)=qqqqqqqqqqqq"])
      return ([], true)
    } catch {
      let list = error.problem.components(separatedBy: "one of: ").dropFirst().first ?? ""
      return (list.components(separatedBy: ", ").filter { $0 != leaf.value }, true)
    }
  }

  /// Whole numbers without a point, which would make them others.
  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
  }

  @Test("Another value of any key trains other weights or is refused", arguments: MethodBase.all)
  func everyKey(_ base: MethodBase) throws {
    let before = try Self.weights(base)
    #expect(before.allSatisfy { $0.isFinite })
    let isFunction = try Self.weights(base) == before
    #expect(isFunction)
    for leaf in try Self.leaves(base) where !leaf.value.isEmpty && !base.idle.contains(leaf.key) {
      let (values, areWords) = Self.others(leaf, base)
      #expect(!values.isEmpty, "no other value is known for \(leaf.path)")
      var effects: [Bool] = []
      for value in values {
        do {
          let after = try Self.weights(base, "\(leaf.path)=\(value)")
          effects.append(Self.differ(before, after))
          if areWords { #expect(effects.last == true, "\(leaf.path)=\(value) does nothing") }
        } catch SolverError.notPositiveDefinite {
          // What diverges is another training.
          effects.append(true)
        } catch let error as RecipeError {
          #expect(error.description.contains("methods") && error.problem.count > 15, "\(error)")
        }
      }
      if !areWords { #expect(effects.contains(true), "\(leaf.path) does nothing") }
    }
  }

  @Test("The bases hold every kind, rule and solver there is, and every key that is documented")
  func complete() throws {
    var seen: Set<String> = []
    for base in MethodBase.all {
      for leaf in try Self.leaves(base) where !base.idle.contains(leaf.key) {
        seen.insert("\(leaf.group)/\(leaf.rule)/\(leaf.key)")
        seen.insert("\(leaf.group)//\(leaf.key)")
      }
    }
    var expected = try Self.documented("Methods").map { "method//\($0)" }
    expected += try Self.documented("Method training").map { "method//\($0)" }
    expected += try Self.documented("Continuation").map { "continuation//\($0)" }
    for kind in MethodRecipe.kinds {
      expected += try Self.documented("Kind: \(kind.word)").map { "method/\(kind.word)/\($0)" }
    }
    for rule in UpdateRecipe.rules {
      expected += try Self.documented("Rule: \(rule.word)").map { "update/\(rule.word)/\($0)" }
    }
    let solvers =
      VariableSolverRecipe.rules.map { ("variableSolver", $0.word) }
      + ParameterSolverRecipe.rules.map { ("parameterSolver", $0.word) }
    for (group, word) in solvers {
      expected += try Self.documented("Solver: \(word)").map { "\(group)/\(word)/\($0)" }
    }
    // A cut changes the time and not the weights: `CutTests`.
    let missing = Set(expected).subtracting(seen)
      .subtracting(["method//name", "method/blockDescent/cut"])
    #expect(missing.isEmpty, "\(missing.sorted())")
  }

  @Test(
    "What would have no say is refused with the reason",
    arguments: [
      ("kind: blockDescent, schedule: cosine", "constant"),
      ("kind: splitting, formulation: deepADMM, schedule: inverse", "constant"),
      ("kind: finiteSum, signal: backPropagation, stepSize: 0.1, nudge: 0.5", "nudge"),
      ("kind: delayed, delay: 1, signal: backPropagation, update: {rule: adam}, nudge: 1", "nudge"),
      ("kind: consensus, workers: 0, rho: 1, stepSize: 1", "workers"),
      ("kind: consensus, workers: 2, localSteps: 0, rho: 1, stepSize: 1", "localSteps"),
      ("signal: backPropagation, update: {rule: adam}, nudge: 0.5", "nudge"),
      ("kind: blockDescent, variables: restarted, restartEvery: 2", "restartEvery"),
      ("kind: blockDescent, variableSolver: {rule: mirror}", "make variables restarted"),
      (
        "kind: blockDescent, weightRadius: 1, restartEvery: 2, variableSolver: {rule: fixedPoint}",
        "make variables restarted"
      ),
      ("kind: splitting, formulation: deepADMM, rhoIncreases: 3", "set rhoGrowth"),
      ("kind: splitting, formulation: taylor, alpha: 0.1", "alpha"),
      ("kind: blockDescent, parameterSolver: {rule: majorise, tau: 1}, anchorTau: 1", "anchor"),
    ])
  func refused(_ text: String, _ word: String) throws {
    let base = MethodBase(text: text, hidden: "relu")
    let error = try #require(throws: RecipeError.self) {
      try Recipe(yaml: Self.yaml(base), source: "keys")
    }
    #expect(error.description.contains(word), "\(error)")
  }

  @Test("A schedule of the whole recipe is refused for a method that cannot follow it")
  func commonSchedule() throws {
    let yaml = Self.yaml(MethodBase(text: "kind: blockDescent"))
    _ = try Recipe(yaml: yaml, source: "keys")
    let setting = "training.schedule=cosine"
    #expect(throws: RecipeError.self) {
      try Recipe(yaml: yaml, source: "keys", settings: [setting])
    }
    _ = try Recipe(
      yaml: yaml, source: "keys", settings: [setting, "methods[0].schedule=constant"])
  }

  /// The keys that a section of the recipe reference lists, not those of its groups.
  private static func documented(_ heading: String) throws -> [String] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let article = try String(
      contentsOf: root.appendingPathComponent("Sources/Lifted/Lifted.docc/RecipeReference.md"),
      encoding: .utf8)
    let section = article.components(separatedBy: "\n## \(heading)\n").dropFirst().first
    let table = try #require(section, "no section \(heading)")
      .components(separatedBy: "\n## ")[0].components(separatedBy: "\nKeys of `")[0]
    let rows = table.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
    let types = ["text", "name", "number", "whole", "group", "list", "true"]
    return rows.compactMap { row in
      let cells = row.components(separatedBy: " | ")
      guard cells.count > 2, types.contains(where: { cells[1].hasPrefix($0) }) else { return nil }
      return cells[0].filter { $0 != "|" && $0 != "`" && $0 != " " }
    }
  }
}
