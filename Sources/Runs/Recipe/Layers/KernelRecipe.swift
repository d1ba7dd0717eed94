import Lifted

/// The keys that a convolution and its transposed have in common.
struct KernelRecipe: Equatable {
  let kernel: Extent
  let stride: Extent
  let padding: Extent
  let dilation: Extent
  let groups: Int
  let hasBias: Bool

  static let most = 1 << 10

  init(_ reader: inout StrictReader) throws {
    let kernel: ExtentRecipe = try reader.required("kernel")
    let stride: ExtentRecipe? = try reader.optional("stride")
    let padding: ExtentRecipe? = try reader.optional("padding")
    let dilation: ExtentRecipe? = try reader.optional("dilation")
    groups = try reader.optional("groups") ?? 1
    hasBias = try reader.optional("bias") ?? true
    self.kernel = try reader.extent(kernel, in: 1...Self.most, "kernel") ?? kernel.extent
    self.stride = try reader.extent(stride, in: 1...Self.most, "stride") ?? Extent(1)
    self.padding = try reader.extent(padding, in: 0...Self.most, "padding") ?? Extent(0)
    self.dilation = try reader.extent(dilation, in: 1...Self.most, "dilation") ?? Extent(1)
    try reader.require(groups, in: 1...1 << 16, "groups")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(ExtentRecipe(kernel), "kernel")
    try writer.write(ExtentRecipe(stride), "stride")
    try writer.write(ExtentRecipe(padding), "padding")
    try writer.write(ExtentRecipe(dilation), "dilation")
    try writer.write(groups, "groups")
    try writer.write(hasBias, "bias")
  }

  /// The convolution of an image with it.
  func shape(_ image: ImageShape, channels: Int) throws(SolverError) -> ConvolutionShape {
    do {
      return try ConvolutionShape(
        input: image, channels: channels, kernel: kernel, stride: stride, padding: padding,
        dilation: dilation, groups: groups)
    } catch { throw .shape(error) }
  }
}
