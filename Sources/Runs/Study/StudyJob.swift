/// One run of a study: a task, a method, a seed.
public struct StudyJob: Sendable {
  /// The name of its folder.
  public let name: String
  /// The recipe with its one method and its seed.
  public let recipe: Recipe
  /// The method's name in tables and legends.
  public let label: String

  init(name: String, recipe: Recipe, label: String? = nil) {
    (self.name, self.recipe) = (name, recipe)
    self.label = label ?? recipe.methods[0].name
  }

  /// The name of its task.
  public var task: String { recipe.name }
  /// The method.
  public var method: MethodRecipe { recipe.methods[0] }
}
