import Lifted

/// `{transposedConvolution: 3, kernel: 4, stride: 2, padding: 1, activation: relu}`. See
/// `TransposedConvolution`.
struct TransposedConvolutionRule: StageRule {
  static let word = "transposedConvolution"
  /// Channels of the image that goes out.
  let channels: Int
  let geometry: KernelRecipe
  /// Rows and columns beyond the least that the image can have.
  let outputPadding: Int

  init(_ reader: inout StrictReader) throws {
    channels = try reader.required("transposedConvolution")
    try reader.require(channels, in: 1...1 << 16, "transposedConvolution")
    outputPadding = try reader.optional("outputPadding") ?? 0
    geometry = try KernelRecipe(&reader)
    let least = min(geometry.stride.height, geometry.stride.width)
    try reader.require(outputPadding, in: 0...max(least - 1, 0), "outputPadding")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(channels, "transposedConvolution")
    try geometry.write(to: &writer)
    if outputPadding > 0 { try writer.write(outputPadding, "outputPadding") }
  }

  func make(on input: LayerInput) throws(SolverError) -> any AffineStage {
    let image = try input.image(for: "a transposed convolution")
    func side(_ extent: Int, _ of: (Extent) -> Int) -> Int {
      (extent - 1) * of(geometry.stride) - 2 * of(geometry.padding)
        + of(geometry.dilation) * (of(geometry.kernel) - 1) + 1 + outputPadding
    }
    let (height, width) = (side(image.height, \.height), side(image.width, \.width))
    let larger: ImageShape
    do { larger = try ImageShape(channels: channels, height: height, width: width) } catch {
      throw .shape(error)
    }
    return TransposedConvolution(
      adjointOf: try geometry.shape(larger, channels: image.channels), hasBias: geometry.hasBias)
  }
}
