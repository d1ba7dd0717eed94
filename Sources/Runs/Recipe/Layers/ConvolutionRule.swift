import Lifted

/// `{convolution: 6, kernel: 5, padding: 2, activation: relu}`: so many channels. See `Convolution`.
struct ConvolutionRule: StageRule {
  static let word = "convolution"
  /// Channels of the image that goes out.
  let channels: Int
  let geometry: KernelRecipe

  init(_ reader: inout StrictReader) throws {
    channels = try reader.required("convolution")
    try reader.require(channels, in: 1...1 << 16, "convolution")
    geometry = try KernelRecipe(&reader)
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(channels, "convolution")
    try geometry.write(to: &writer)
  }

  func make(on input: LayerInput) throws(SolverError) -> any AffineStage {
    let image = try input.image(for: "a convolution")
    return Convolution(
      try geometry.shape(image, channels: channels), hasBias: geometry.hasBias)
  }
}
