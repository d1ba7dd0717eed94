import ArgumentParser
import Runs

/// `lifted recipes`.
struct Recipes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the built-in recipes, or print one to start your own from.")

  @Argument(help: "The recipe to print.")
  var name: String?

  func run() throws {
    guard let name else {
      let rows = try BuiltInRecipes.names.map { name in
        let recipe = try Recipe(named: name)
        return "\(name)\n  \(recipe.about ?? "")\n  methods: "
          + recipe.methods.map(\.name).joined(separator: ", ")
      }
      let inversions = try BuiltInInversions.names.map { name in
        let recipe = try InversionRecipe(named: name)
        return "\(name)\n  \(recipe.about ?? "")\n  by lifted invert; methods: "
          + recipe.methods.map(\.name).joined(separator: ", ")
      }
      return print((rows + inversions).joined(separator: "\n"))
    }
    guard let text = BuiltInRecipes.text(of: name) ?? BuiltInInversions.text(of: name) else {
      let names = BuiltInRecipes.names + BuiltInInversions.names
      throw ToolError("there is no recipe '\(name)'; one of: \(names.joined(separator: ", "))")
    }
    print(text, terminator: "")
  }
}
