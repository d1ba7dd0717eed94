import Lifted

/// `{averagePooling: 2}`: means over windows. See `AveragePooling`.
struct AveragePoolingRule: StageRule {
  static let word = "averagePooling"
  static let needsActivation = false
  let window: Extent
  let stride: Extent?

  init(_ reader: inout StrictReader) throws {
    let window: ExtentRecipe = try reader.required("averagePooling")
    let stride: ExtentRecipe? = try reader.optional("stride")
    self.window =
      try reader.extent(window, in: 1...KernelRecipe.most, "averagePooling") ?? window.extent
    self.stride = try reader.extent(stride, in: 1...KernelRecipe.most, "stride")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(ExtentRecipe(window), "averagePooling")
    if let stride { try writer.write(ExtentRecipe(stride), "stride") }
  }

  func make(on input: LayerInput) throws(SolverError) -> any AffineStage {
    try AveragePooling(input.image(for: "average pooling"), window: window, stride: stride)
  }
}
