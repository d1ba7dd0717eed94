import Imaging
import Lifted
import Tensors

/// A trained network that restores whole pictures, large ones tile by tile.
///
/// Each tile is computed with as many pixels around it as the network looks at, so that nothing shows
/// where tiles meet. A network trained at noise `s` is used at noise `s'` by scaling the data by `s/s'` and
/// the result back.
public struct PictureRestorer: Sendable {
  /// The network on pictures of any extents.
  let network: NetworkChoice
  /// Its parameters.
  let theta: Parameters<Float>
  /// The noise it was trained at.
  let trained: NoiseLevels
  /// Rows and columns of a tile.
  let tile: Int

  /// - Parameters:
  ///   - recipe: a recipe for restoration.
  ///   - theta: parameters of its network.
  ///   - tile: the most rows and columns of a tile, at least 1.
  /// - Throws: ``RecipeError`` if the recipe is none for restoration.
  public init(
    _ recipe: Recipe, _ theta: Parameters<Float>, tile: Int = 512
  ) throws(RecipeError) {
    guard recipe.data.task == .restoration else {
      throw RecipeError(
        source: recipe.name, key: "data.task",
        problem: "this network does not restore pictures; give one that was trained for restoration")
    }
    precondition(tile >= 1, "tiles of \(tile) pixels")
    (network, self.theta, self.tile) = (recipe.network, theta, tile)
    trained = recipe.data.noise
  }

  /// The restored picture, shape `(1, channels, height, width)`; each channel by itself.
  /// - Throws: `SolverError` or `ImagingError` where network and operator do not go with the picture.
  public func restore(_ measurement: Measurement, on pool: WorkerPool) throws -> Tensor<Float> {
    let shape = measurement.shape
    let reach = network.reach(of: measurement.operator.reach)
    let tiles = PixelWindow.tiles(of: shape, side: reach == nil ? Int.max / 2 : tile)
    var restored = Tensor<Float>(shape: shape.batch(1))
    let scale = scale(at: measurement.sigma)
    for tile in tiles {
      let window = tile.grown(by: reach ?? 0, within: shape)
      var x = measurement.data.cut(to: window)
      x.scale(by: Float(scale))
      let network = try self.network(for: measurement, on: window, scale)
      let rows = try x.reshaped(to: [shape.channels, window.rows.count * window.columns.count])
      var out = network.output(of: rows, at: theta.extended(to: network), on: pool)
      out.scale(by: Float(1 / scale))
      restored.paste(tile, of: out, at: window)
    }
    return restored
  }

  /// What data with noise `sigma` are multiplied by.
  func scale(at sigma: Double) -> Double {
    sigma > 0 && trained.most > 0 ? trained.most / sigma : 1
  }

  private func network(
    for measurement: Measurement, on window: PixelWindow, _ scale: Double
  ) throws -> Network {
    let map = try measurement.map(ofChannelsOn: window)
    let input = LayerInput.image(
      try ImageShape(channels: 1, height: window.rows.count, width: window.columns.count))
    let network = try network.network(on: input, map: map, scale: scale)
    let shapes = network.layers.flatMap { $0.stage.parameters.map(\.shape) }
    guard shapes == theta.layers.flatMap({ $0.map(\.shape) }) else {
      throw SolverError.unsuitable(
        "the network's weights depend on the size of the pictures; leave out layers with a width, or "
          + "cut pictures to the size of the patches")
    }
    return network
  }
}
