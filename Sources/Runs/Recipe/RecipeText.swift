import Foundation
import Yams

/// The text of recipes and studies.
enum RecipeText {
  /// The largest file that is read, in bytes.
  private static let largest = 1 << 20

  /// The text of a file, or of a built-in recipe.
  /// - Throws: ``RecipeError`` if there is neither, or the file is no text.
  static func named(_ name: String) throws(RecipeError) -> String {
    if !FileManager.default.fileExists(atPath: name),
      let text = BuiltInRecipes.text(of: name) ?? BuiltInInversions.text(of: name)
    {
      return text
    }
    let data: Data
    do { data = try WholeFile.read(URL(fileURLWithPath: name)) } catch {
      if case .refused(_, _, EACCES) = error {
        throw RecipeError(source: name, problem: error.description)
      }
      throw RecipeError(
        source: name,
        problem: "no such recipe; give a YAML file or one of: "
          + (BuiltInRecipes.names + BuiltInInversions.names).joined(separator: ", "))
    }
    guard data.count <= largest, let text = String(data: data, encoding: .utf8) else {
      throw RecipeError(
        source: name, problem: "this is no text file of at most 1 MiB; give a recipe")
    }
    return text
  }
}

extension RecipeText {
  /// A value parsed from YAML, with `key.path=value` settings laid over it in order.
  /// - Throws: ``RecipeError`` naming the source and the key at fault.
  static func decode<T: Decodable>(
    _ type: T.Type = T.self, from node: Node, source: String, settings: [String] = []
  ) throws(RecipeError) -> T {
    do {
      var node = node
      for setting in settings { try RecipeSetting(setting).apply(to: &node) }
      return try YAMLDecoder().decode(T.self, from: node)
    } catch {
      throw RecipeError(error, source: source)
    }
  }

  /// A value as YAML; `name` stands for it in errors.
  static func encode(_ value: some Encodable, name: String) throws(RecipeError) -> String {
    do { return try YAMLEncoder().encode(value) } catch {
      throw RecipeError(error, source: name)
    }
  }
}

extension Node {
  /// Parses YAML.
  /// - Throws: ``RecipeError`` if it is none, or empty.
  init(yaml: String, source: String) throws(RecipeError) {
    do {
      guard let node = try Yams.compose(yaml: yaml) else {
        throw RecipeError(source: source, problem: "the file is empty; see `lifted recipes`")
      }
      self = node
    } catch {
      throw RecipeError(error, source: source)
    }
  }
}
