import Foundation
import Lifted
import Testing

@testable import Runs

/// Study files: what is read is what was meant, and what cannot be meant is refused.
@Suite struct StudyTests {
  private static let inline = """
    {name: small, data: {source: shapes}, network: [{width: 8, activation: relu}, {width: 6, activation: softmax}],
      training: {epochs: 9, maximumSeconds: 5}, methods: [{name: a, signal: mirror, nudge: 0.5, update: {rule: adam}},
      {name: b, kind: implicitStochasticGradient, tau: 1}]}
    """

  private func study(
    _ keys: String, tasks: String = "[{recipe: \(inline)}]", in folder: String = "/nowhere",
    settings: [String] = []
  ) throws -> Study {
    try Study(
      yaml: "name: s\n\(keys)\ntasks: \(tasks)\n", source: "s.yaml",
      in: URL(fileURLWithPath: folder), settings: settings)
  }

  @Test("A task is a recipe by name, by a path beside the study, or in full")
  func tasks() throws {
    let scratch = try Scratch()
    let yaml =
      "name: beside\n"
      + (try #require(BuiltInRecipes.text(of: "quickstart"))).drop {
        $0 != "\n"
      }
    try Data(yaml.utf8).write(to: scratch.url.appendingPathComponent("beside.yaml"))
    let tasks = "[classifier, {recipe: beside.yaml, methods: [lifted]}, {recipe: \(Self.inline)}]"
    let study = try study("about: why", tasks: tasks, in: scratch.url.path)
    #expect(study.name == "s" && study.about == "why" && study.budget == nil)
    #expect(study.tasks.map(\.name) == ["classifier", "beside", "small"])
    #expect(try study.tasks[0] == Recipe(named: "classifier"))
    #expect(study.tasks[1].methods.map(\.name) == ["lifted"])
    #expect(study.tasks[2].network.layers[0].width == 8)
  }

  @Test("set lays values over a task's recipe, settings of the command over the study")
  func settings() throws {
    let tasks = "[{recipe: quickstart, set: [name=other, 'training.batchSize=7']}]"
    let study = try study(
      "budget: {epochs: 2}", tasks: tasks, settings: ["budget.epochs=3", "seeds=[4, 5]"])
    #expect(study.tasks[0].name == "other" && study.tasks[0].training.batchSize == 7)
    #expect(study.tasks[0].training.epochs == 3 && study.seeds == [4, 5])
  }

  @Test("The budget takes the place of each recipe's limits, one by one")
  func budget() throws {
    let epochs = try study("budget: {epochs: 3}").tasks[0].training
    #expect(epochs.epochs == 3 && epochs.maximumSeconds == 5)
    let both = try study("budget: {gradientEvaluations: 70, seconds: 0.5}")
    #expect(both.tasks[0].training.epochs == 9)
    #expect(both.tasks[0].training.maximumGradientEvaluations == 70)
    #expect(both.tasks[0].training.maximumSeconds == 0.5)
    #expect(
      both.budget?.summary == "70 gradient evaluations or 0.5\u{202F}s, whichever comes first")
    #expect(try study("budget: {epochs: 1}").budget?.summary == "1 epoch")
    let own = "tasks[0].set=['methods[0].epochs=40']"
    #expect(try study("budget: {epochs: 3}", settings: [own]).jobs[0].recipe.training.epochs == 3)
    #expect(try study("budget: {seconds: 3}", settings: [own]).jobs[0].recipe.training.epochs == 40)
  }

  @Test("Controls follow the methods that lift: same updates, other errors; frozen layers")
  func controls() throws {
    let study = try study("controls: [backPropagatedErrors, frozenHiddenLayers]")
    let methods = study.tasks[0].methods
    #expect(methods.map(\.name) == ["a", "a.bp", "a.frozen", "b", "b.frozen"])
    let kinds = methods.map { $0.kind as? SweepRecipe }
    #expect(kinds[1]?.signal == .backPropagation && kinds[1]?.updates == kinds[0]?.updates)
    #expect(kinds[1]?.nudge == .fixed(1) && !methods[1].frozenHiddenLayers)
    #expect(kinds[2] == kinds[0] && methods[2].frozenHiddenLayers)
    #expect(methods[4].kind.equals(methods[3].kind) && methods[4].frozenHiddenLayers)
    #expect(study.remarks.count == 1)
    #expect(study.remarks[0].hasPrefix("small: no b.bp: weights move with the variables"))
    #expect(try self.study("").tasks[0].methods.map(\.name) == ["a", "b"])
  }

  @Test("A control that is there already, or has nothing to control, is not added")
  func controlsOnce() throws {
    func names(_ methods: String, _ hidden: String) throws -> [String] {
      let recipe = """
        {name: r, data: {source: shapes}, network: [\(hidden){width: 6, activation: softmax}],
          training: {epochs: 1}, methods: [\(methods)]}
        """
      return try study(
        "controls: [backPropagatedErrors, frozenHiddenLayers]", tasks: "[{recipe: \(recipe)}]"
      ).tasks[0].methods.map(\.name)
    }
    let (adam, relu) = ("update: {rule: adam}", "{width: 8, activation: relu}, ")
    let twins =
      "{name: c, signal: contrast, \(adam)}, {name: m, signal: mirror, nudge: auto, \(adam)}"
    #expect(try names(twins, relu) == ["c", "c.bp", "c.frozen", "m", "m.frozen"])
    let baseline =
      "{name: c, signal: contrast, \(adam)}, {name: bp, signal: backPropagation, \(adam)}"
    #expect(try names(baseline, relu) == ["c", "c.frozen", "bp"])
    #expect(try names("{name: c, signal: contrast, \(adam)}", "") == ["c", "c.bp"])
    let frozen = "{name: c, signal: contrast, \(adam), frozenHiddenLayers: true}"
    #expect(try names(frozen, relu) == ["c"])
  }

  @Test(
    "Each kind has the controls that make sense, and each that is left out its reason",
    arguments: [
      ("kind: sweep, signal: mirror, update: {rule: adam}", ".bp .frozen", ""),
      ("kind: sweep, signal: backPropagation, update: {rule: adam}", "", "back-propagated already"),
      ("kind: contrastive, update: {rule: adam}", ".bp .frozen", ""),
      ("kind: finiteSum, stepSize: 0.1, nudge: 3", ".bp .frozen", ""),
      ("kind: finiteSum, stepSize: 0.1, signal: backPropagation", "", "back-propagated already"),
      ("kind: consensus, workers: 2, rho: 1, stepSize: 1, nudge: 2", ".bp .frozen", ""),
      ("kind: delayed, delay: 2, update: {rule: adam}", ".bp .frozen", ""),
      ("kind: implicitStochasticGradient, tau: 1", ".frozen", "variables of one energy"),
      ("kind: blockDescent", ".frozen", "variables of one energy"),
      ("kind: splitting, formulation: threeSplitting", ".frozen", "variables of one energy"),
      ("kind: blockDescent, frozenHiddenLayers: true", "", "frozen already"),
    ])
  func controlsOfKinds(_ method: String, _ suffixes: String, _ reason: String) throws {
    let recipe = """
      {name: r, data: {source: shapes}, training: {epochs: 1}, methods: [{name: m, \(method)}],
        network: [{width: 8, activation: relu}, {width: 6, activation: softmax}]}
      """
    let study = try study(
      "controls: [backPropagatedErrors, frozenHiddenLayers]", tasks: "[{recipe: \(recipe)}]")
    let names = study.tasks[0].methods.map(\.name)
    #expect(names == ["m"] + suffixes.split(separator: " ").map { "m\($0)" })
    #expect(study.remarks.isEmpty == reason.isEmpty)
    #expect(study.remarks.allSatisfy { $0.hasPrefix("r: no m.") && $0.contains(reason) })
    let finite = study.tasks[0].methods.dropFirst().first?.kind as? FiniteSumRecipe
    #expect(finite.map { $0.sweep == .backPropagation } ?? true)
  }

  @Test("Methods that lack a control for the same reason share a sentence, where they are chosen")
  func remarks() throws {
    let methods = "{name: c, kind: blockDescent}, {name: d, kind: blockDescent, rounds: 2}"
    let recipe = """
      {name: r, data: {source: shapes}, network: [{width: 8, activation: relu}, {width: 6,
        activation: softmax}], training: {epochs: 1}, methods: [\(methods)]}
      """
    let study = try study("controls: [backPropagatedErrors]", tasks: "[{recipe: \(recipe)}]")
    #expect(study.remarks.count == 1 && study.remarks[0].hasPrefix("r: no c.bp, d.bp: weights"))
    let one = try study.choosing(methods: ["d"], seeds: [])
    #expect(one.remarks.count == 1 && one.remarks[0].hasPrefix("r: no d.bp: weights"))
  }

  @Test("Runs go task by task and seed by seed, each in a folder whose name stays when others come")
  func jobs() throws {
    let two = try study("seeds: [3, 1]", tasks: "[{recipe: \(Self.inline)}, quickstart]").jobs
    #expect(
      two.map(\.name) == [
        "small-a-s3", "small-b-s3", "small-a-s1", "small-b-s1", "quickstart-lifted-s3",
        "quickstart-back-propagation-s3", "quickstart-lifted-s1", "quickstart-back-propagation-s1",
      ])
    #expect(two.map(\.recipe.seed) == [3, 3, 1, 1, 3, 3, 1, 1])
    #expect(two.allSatisfy { $0.recipe.methods.count == 1 })
    #expect(try study("").jobs.map(\.name) == ["small-a-s1", "small-b-s1"])
    let quick = try Recipe(named: "quickstart")
    #expect(try Study(comparing: [quick]).jobs.map(\.name) == ["lifted", "back-propagation"])
    let seeds = try Study(comparing: [quick]).choosing(methods: ["lifted"], seeds: [1, 2])
    #expect(seeds.jobs.map(\.name) == ["lifted-s1", "lifted-s2"])
  }

  @Test(
    "What cannot be meant is refused, with the key and what to write instead",
    arguments: [
      ("seed: [1]", "[quickstart]", ["seed: unknown key", "'seeds'"]),
      ("seeds: [1, 2, 1]", "[quickstart]", ["seeds", "twice"]),
      ("seeds: [-1]", "[quickstart]", ["seeds"]),
      ("budget: {}", "[quickstart]", ["budget", "epochs, gradientEvaluations, seconds"]),
      ("budget: {epoch: 1}", "[quickstart]", ["budget.epoch", "'epochs'"]),
      ("budget: {epochs: 0}", "[quickstart]", ["budget.epochs"]),
      ("budget: {seconds: 0}", "[quickstart]", ["budget", "maximumSeconds"]),
      ("budget: {gradientEvaluations: 0}", "[quickstart]", ["budget", "at least 1"]),
      ("controls: [frozen]", "[quickstart]", ["controls", "frozenHiddenLayers"]),
      ("controls: [frozenHiddenLayer]", "[quickstart]", ["did you mean 'frozenHiddenLayers'"]),
      ("", "[]", ["tasks", "at least one"]),
      ("", "[quickstart, quickstart]", ["tasks", "'quickstart'", "set: [name=...]"]),
      ("", "[quickstar]", ["quickstar", "no such recipe"]),
      ("", "[{recipe: quickstart, method: [lifted]}]", ["tasks[0].method", "'methods'"]),
      (
        "", "[{recipe: quickstart, methods: [lifte]}]",
        ["tasks[0].methods", "did you mean 'lifted'"]
      ),
      ("", "[{recipe: quickstart, methods: []}]", ["tasks[0].methods", "at least one"]),
      ("", "[{recipe: quickstart, set: [training.epoch=3]}]", ["training.epoch", "'epochs'"]),
      ("", "[{recipe: {name: x}}]", ["tasks[0].recipe", "data"]),
      ("", "[{recipe: [1]}]", ["tasks[0].recipe", "group of keys"]),
    ])
  func refused(keys: String, tasks: String, words: [String]) throws {
    let error = try #require(throws: RecipeError.self) { try study(keys, tasks: tasks) }
    for word in words { #expect("\(error)".contains(word), "\(error)") }
  }

  @Test("A study is told from a recipe by the key tasks")
  func recognised() throws {
    let scratch = try Scratch()
    for (text, isStudy) in [("name: s\ntasks: []\n", true), ("name: tasks\n", false)] {
      let file = scratch.url.appendingPathComponent("f.yaml")
      try Data(text.utf8).write(to: file)
      #expect(try Study.isStudy(file.path) == isStudy)
    }
    #expect(try !Study.isStudy("quickstart"))
  }
}
