import Interchange
import Lifted
import Tensors

extension ONNXOperation {
  /// Means over windows and whole images, and nearest neighbours of larger ones; `nil` for other
  /// operations.
  func mean() throws(FormatError) -> Result? {
    switch node.operation {
    case "AveragePool": try averagePooling()
    case "GlobalAveragePool": try globalMean(keepsAxes: true)
    case "ReduceMean": try reducedMean()
    case "Upsample", "Resize": try enlargement()
    default: nil
    }
  }

  private func averagePooling() throws(FormatError) -> Result {
    let image = try image()
    guard node["auto_pad"].map({ $0 == .text("NOTSET") || $0 == .text("VALID") }) ?? true else {
      throw refused("chooses its padding by itself", "export it with pads")
    }
    let window = try ONNXKernel.extent("kernel_shape", self)
    let stride = try ONNXKernel.extent("strides", self)
    let pads = try ONNXKernel.pads(self)
    guard try ONNXKernel.extent("dilations", self) == Extent(1) else {
      throw refused("has dilations", "make them 1")
    }
    if try integer("ceil_mode", default: 0) != 0 {
      let isWhole =
        (image.height + pads[0] + pads[2] - window.height).isMultiple(of: stride.height)
        && (image.width + pads[1] + pads[3] - window.width).isMultiple(of: stride.width)
      guard isWhole else {
        throw refused("has windows that reach beyond the image", "export it with ceil_mode = 0")
      }
    }
    guard pads.contains(where: { $0 > 0 }) else {
      let stage = try checked { () throws(SolverError) in
        try AveragePooling(image, window: window, stride: stride)
      }
      return ([.affine(stage, [])], stage.outputImage?.extents ?? [])
    }
    guard try integer("count_include_pad", default: 0) != 0, pads[0] == pads[2], pads[1] == pads[3]
    else {
      throw refused(
        "has windows of different sizes at the border, or pads that differ on two sides",
        "train with count_include_pad and the same pads on both sides, or none")
    }
    return try channelByChannel(
      image, weight: 1 / Float(window.height * window.width), window: window, stride: stride,
      padding: Extent(height: pads[0], width: pads[1]))
  }

  /// The same kernel, all taps alike, on each channel by itself.
  private func channelByChannel(
    _ image: ImageShape, weight: Float, window: Extent, stride: Extent, padding: Extent
  ) throws(FormatError) -> Result {
    let shape = try checked { () throws(ShapeError) in
      try ConvolutionShape(
        input: image, channels: image.channels, kernel: window, stride: stride, padding: padding,
        groups: image.channels)
    }
    guard shape.weightShape.reduce(1, *) <= Self.mostOutputs else {
      throw refused("has windows that are too large", "take smaller ones")
    }
    let theta = [
      Tensor<Float>(repeating: weight, shape: shape.weightShape), Tensor(shape: [image.channels]),
    ]
    return ([.affine(Convolution(shape), theta)], shape.output.extents)
  }

  private func globalMean(keepsAxes: Bool) throws(FormatError) -> Result {
    let image = try image()
    let stage = try checked { () throws(SolverError) in
      try AveragePooling(image, window: Extent(height: image.height, width: image.width))
    }
    return ([.affine(stage, [])], keepsAxes ? [image.channels, 1, 1] : [image.channels])
  }

  private func reducedMean() throws(FormatError) -> Result {
    let rank = extents.count + 1
    let axes = try list(1, "axes")?.map { $0 < 0 ? $0 + rank : $0 }.sorted()
    guard rank == 4, axes == [2, 3] else {
      throw refused(
        "takes the mean over other axes than height and width", "take it over whole images")
    }
    return try globalMean(keepsAxes: integer("keepdims", default: 1) != 0)
  }

  /// Each pixel repeated: the adjoint of sums over windows.
  private func enlargement() throws(FormatError) -> Result {
    let image = try image()
    let factors = try enlargements(of: image)
    let mode = node["mode"] ?? .text("nearest")
    guard mode == .text("nearest"), let factors, (factors.height, factors.width) != (1, 1) else {
      throw refused(
        "enlarges otherwise than by whole factors and nearest neighbours",
        "train with nearest neighbours or a transposed convolution in its place")
    }
    let shape = try checked { () throws(ShapeError) in
      try ConvolutionShape(
        input: ImageShape(
          channels: image.channels, height: image.height * factors.height,
          width: image.width * factors.width),
        channels: image.channels, kernel: factors, stride: factors, groups: image.channels)
    }
    let theta = [
      Tensor<Float>(repeating: 1, shape: shape.weightShape), Tensor(shape: [image.channels]),
    ]
    return ([.affine(TransposedConvolution(adjointOf: shape), theta)], shape.input.extents)
  }

  /// By what a picture is enlarged, if that is whole and the same at each pixel; PyTorch's way to find the
  /// nearest neighbour, or one that is the same for whole factors.
  private func enlargements(of image: ImageShape) throws(FormatError) -> Extent? {
    let isOld = node.operation == "Upsample"
    let rule = node["coordinate_transformation_mode"] ?? .text("half_pixel")
    let rounding = node["nearest_mode"] ?? .text("round_prefer_floor")
    let isExact =
      isOld || rule == .text("asymmetric") && rounding == .text("floor")
      || rule == .text("half_pixel") && rounding == .text("round_prefer_floor")
    guard isExact else { return nil }
    let sides: [Double]
    if let scales = try constant(isOld ? 1 : 2, "scales"), scales.count == 4 {
      guard scales.scalars[0] == 1, scales.scalars[1] == 1 else { return nil }
      sides = scales.scalars.suffix(2).map(Double.init)
    } else if case .reals(let scales) = node["scales"], scales.count == 4 {
      sides = scales.suffix(2).map(Double.init)
    } else if let sizes = try list(3, "sizes"), sizes.count == 4, sizes[1] == image.channels {
      sides = [Double(sizes[2]) / Double(image.height), Double(sizes[3]) / Double(image.width)]
    } else {
      return nil
    }
    guard sides.allSatisfy({ $0 >= 1 && $0 <= 64 && $0 == $0.rounded() }) else { return nil }
    return Extent(height: Int(sides[0]), width: Int(sides[1]))
  }
}
