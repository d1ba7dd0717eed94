import Lifted
import Tensors

extension NetworkDenoiser {
  /// The denoiser that a run trained, for pictures of any extents and any number of channels, each by itself.
  /// - Throws: ``RecipeError`` for a recipe that is not one of denoising, or whose network clips to a
  ///   range; `SolverError` where the weights depend on the size of the pictures.
  public init(
    _ recipe: Recipe, _ theta: Parameters<Float>, height: Int, width: Int
  ) throws {
    func refuse(_ key: String, _ problem: String) -> RecipeError {
      RecipeError(source: recipe.name, key: key, problem: problem)
    }
    guard recipe.data.restoration?.operator == OperatorChoice.none else {
      throw refuse(
        "data.operator", "a denoiser as a prior needs a run of denoising, operator: none")
    }
    if case .unrolled(let unrolled) = recipe.network, unrolled.range != nil {
      throw refuse(
        "network.unrolled.range", "a network that clips to a range does not scale to other noise")
    }
    let picture = try ImageShape(channels: 1, height: height, width: width)
    let network = try recipe.network.network(on: .image(picture))
    let shapes = network.layers.flatMap { $0.stage.parameters.map(\.shape) }
    guard shapes == theta.layers.flatMap({ $0.map(\.shape) }) else {
      throw SolverError.unsuitable(
        "the denoiser's weights depend on the size of the pictures; take one without layers of a width"
      )
    }
    try self.init(network, theta.extended(to: network), trainedAt: recipe.data.noise.most)
  }
}
