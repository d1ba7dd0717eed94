import Foundation
import Yams

/// Methods x seeds x tasks within one budget: what `lifted compare` runs.
///
/// A study is one YAML file with the key `tasks`; recipes named on the command line are a study made on
/// the fly. Its keys are listed in the article "Recipe reference".
public struct Study: Sendable {
  /// For the folder and the title.
  public let name: String
  /// A sentence on what it shows.
  public let about: String?
  /// The seeds of every task; empty for each recipe's own.
  public private(set) var seeds: [UInt64]
  /// What every run may use; nil for what each recipe says.
  public let budget: StudyBudget?
  /// Recipes with names that differ, their methods chosen, controls added, the budget laid over them.
  public private(set) var tasks: [Recipe]
  /// The study file; nil for a study made on the fly.
  public let text: String?
  private var missingControls: [MissingControl] = []

  /// Whether a file is a study: a group of keys with `tasks` among them.
  /// - Throws: ``RecipeError`` if it is no YAML file.
  public static func isStudy(_ path: String) throws(RecipeError) -> Bool {
    try Node(yaml: RecipeText.named(path), source: path).mapping?[Node("tasks")] != nil
  }

  /// Reads a study file.
  /// - Parameters:
  ///   - path: the file; its recipes are looked for beside it, then where the command runs.
  ///   - settings: texts such as `budget.epochs=1`, laid over the file in order.
  /// - Throws: ``RecipeError``.
  public init(reading path: String, settings: [String] = []) throws(RecipeError) {
    try self.init(
      yaml: RecipeText.named(path), source: path,
      in: URL(fileURLWithPath: path).deletingLastPathComponent(), settings: settings)
  }

  /// Parses a study.
  /// - Throws: ``RecipeError``.
  public init(
    yaml: String, source: String, in folder: URL, settings: [String] = []
  ) throws(RecipeError) {
    let file: StudyFile
    var node = try Node(yaml: yaml, source: source)
    for setting in settings { try RecipeSetting(setting).apply(to: &node) }
    do { file = try YAMLDecoder().decode(StudyFile.self, from: node) } catch {
      throw RecipeError(error, source: source)
    }
    (name, about, seeds, budget) = (file.name, file.about, file.seeds, file.budget)
    (tasks, text) = ([], yaml)
    for (index, task) in file.tasks.enumerated() {
      let place = "\(source): tasks[\(index)]"
      let recipe = try task.recipe(node["tasks"]?[index] ?? node, at: place, in: folder)
      let chosen = try recipe.methods(named: task.methods, at: "\(place).methods")
      let (methods, missing) = recipe.methods(chosen, with: file.controls)
      missingControls += missing
      tasks.append(try recipe.with(methods, within: file.budget, source: place))
    }
    try checkNames(source)
  }

  /// A study made on the fly, with the seeds of each recipe.
  /// - Throws: ``RecipeError`` if two recipes have the same name.
  public init(comparing recipes: [Recipe]) throws(RecipeError) {
    name = recipes.map(\.name).joined(separator: "-")
    (about, seeds, budget, tasks, text) = (nil, [], nil, recipes, nil)
    try checkNames(recipes.first?.name ?? "")
  }

  private func checkNames(_ source: String) throws(RecipeError) {
    let names = tasks.map(\.name).sorted()
    if let twice = zip(names, names.dropFirst()).first(where: { $0 == $1 }) {
      throw RecipeError(
        source: source, key: "tasks",
        problem: "two tasks are named '\(twice.0)'; give one another name, set: [name=...]")
    }
  }

  /// Sentences on controls that were asked for and make no sense or are there already.
  public var remarks: [String] {
    missingControls.filter { missing in
      tasks.contains { task in
        task.name == missing.task && task.methods.contains { $0.name == missing.method }
      }
    }.sentences
  }

  /// The same study for some of the methods only, or with other seeds; empty lists change nothing.
  /// - Throws: ``RecipeError`` if no task has a method of that name.
  public func choosing(methods names: [String], seeds: [UInt64]) throws(RecipeError) -> Study {
    var study = self
    if !seeds.isEmpty { study.seeds = seeds }
    guard !names.isEmpty else { return study }
    let known = Set(tasks.flatMap(\.methods).map(\.name)).sorted()
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw RecipeError(
        source: name,
        problem: "no recipe has a method '\(unknown)'; one of: \(known.joined(separator: ", "))")
    }
    study.tasks = []
    for task in tasks {
      let chosen = task.methods.filter { names.contains($0.name) }
      if !chosen.isEmpty {
        study.tasks.append(try task.with(chosen, within: nil, source: task.name))
      }
    }
    return study
  }

  /// Every run, task by task and seed by seed.
  ///
  /// Run folders of a study file are named `TASK-METHOD-sSEED`, so that adding a task or a seed leaves
  /// them where they are; those made on the fly have the shortest names that tell them apart.
  public var jobs: [StudyJob] {
    let isLong = text != nil
    return tasks.flatMap { task in
      let seeds = seeds.isEmpty ? [task.seed] : seeds
      return seeds.flatMap { seed in
        task.methods.map { method in
          let before = isLong || tasks.count > 1 ? "\(task.name)-" : ""
          let after = isLong || seeds.count > 1 || differentSeeds ? "-s\(seed)" : ""
          return StudyJob(
            name: before + method.name + after, recipe: task.choosing(method, seed: seed))
        }
      }
    }
  }

  private var differentSeeds: Bool { seeds.isEmpty && Set(tasks.map(\.seed)).count > 1 }
}
