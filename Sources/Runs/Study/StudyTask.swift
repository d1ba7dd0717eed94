import Foundation
import Yams

/// A task as a study file states it: a recipe by name, path or in full, and what to change about it.
struct StudyTask: Decodable {
  /// Where the recipe is.
  enum Source: Decodable {
    /// A file, relative to the study's, or a built-in recipe.
    case named(String)
    /// In the study file itself.
    case written

    init(from decoder: any Decoder) throws {
      if let name = try? decoder.singleValueContainer().decode(String.self) {
        self = .named(name)
      } else {
        _ = try decoder.container(keyedBy: StrictReader.Key.self)
        self = .written
      }
    }
  }

  /// The recipe.
  let source: Source
  /// Which of its methods; nil for all.
  let methods: [String]?
  /// Texts such as `network[0].width=32`, laid over the recipe in order.
  let settings: [String]

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      (source, methods, settings) = (.named(name), nil, [])
      return
    }
    var reader = try StrictReader(decoder)
    source = try reader.required("recipe")
    methods = try reader.optional("methods")
    settings = try reader.optional("set") ?? []
    try reader.finish()
  }

  /// The recipe, read, its settings laid over it.
  /// - Parameters:
  ///   - node: the task in the study file.
  ///   - place: the file and key of the task, for messages.
  ///   - folder: the folder that paths are relative to.
  func recipe(_ node: Node, at place: String, in folder: URL) throws(RecipeError) -> Recipe {
    guard case .named(let name) = source else {
      return try Recipe(
        node: node["recipe"] ?? node, source: "\(place).recipe", settings: settings)
    }
    let beside = folder.appendingPathComponent(name)
    let path = FileManager.default.fileExists(atPath: beside.path) ? beside.relativePath : name
    return try Recipe(named: path, settings: settings)
  }
}

extension Recipe {
  /// The methods of the given names, in the recipe's order; all for nil.
  func methods(named names: [String]?, at place: String) throws(RecipeError) -> [MethodRecipe] {
    guard let names else { return methods }
    let known = methods.map(\.name)
    for name in names where !known.contains(name) {
      throw RecipeError(
        source: place,
        problem: "no method '\(name)' in \(self.name)"
          + StrictReader.suggestion(for: name, among: known))
    }
    guard !names.isEmpty else {
      throw RecipeError(source: place, problem: "name at least one method, or leave this key out")
    }
    return methods.filter { names.contains($0.name) }
  }
}
