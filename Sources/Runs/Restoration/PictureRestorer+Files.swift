import Foundation
import Lifted

extension PictureRestorer {
  /// The network of a run, or of weights with their recipe. No data are read.
  /// - Parameters:
  ///   - weights: a safetensors file.
  ///   - recipe: the recipe it was trained by.
  ///   - tile: the most rows and columns of a tile.
  /// - Throws: an error of one line.
  public init(weights: URL, of recipe: Recipe, tile: Int = 512) throws {
    let network: Network
    do { network = try recipe.likeness() } catch {
      throw RecipeError(source: recipe.name, key: "network", problem: "\(error)")
    }
    try self.init(recipe, WeightFile.read(from: weights, for: network), tile: tile)
  }

  /// The noise to reckon with in a picture: that of the training, or where there was a range, an estimate
  /// from the picture, kept within it.
  public func sigma(of y: Tensor<Float>, seen operator: OperatorChoice) -> Double {
    guard trained.isRange, `operator`.isNone, let sigma = NoiseEstimate.sigma(of: y) else {
      return trained.most
    }
    return min(max(sigma, trained.least), trained.most)
  }
}
