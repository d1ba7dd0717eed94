import Interchange
import Lifted
import Tensors

extension ONNXOperation {
  /// Products with constant matrices and convolutions; `nil` for other operations.
  func product() throws(FormatError) -> Result? {
    switch node.operation {
    case "Gemm": try gemm()
    case "MatMul": try matrixProduct()
    case "Conv": try convolution()
    case "ConvTranspose": try transposedConvolution()
    default: nil
    }
  }

  /// `alpha A B + beta C`, `A` the batch.
  private func gemm() throws(FormatError) -> Result {
    guard try integer("transA", default: 0) == 0 else {
      throw refused("transposes what comes in", "export it with transA = 0")
    }
    let (alpha, beta) = (try real("alpha", default: 1), try real("beta", default: 1))
    let weight = try requiredConstant(1, "matrix")
    let isTransposed = try integer("transB", default: 0) != 0
    return try dense(
      weight, isTransposed: isTransposed, by: Float(alpha), bias: constant(2, "offset"),
      by: Float(beta))
  }

  private func matrixProduct() throws(FormatError) -> Result {
    try dense(requiredConstant(1, "matrix"), isTransposed: false, by: 1, bias: nil, by: 1)
  }

  private func dense(
    _ matrix: Tensor<Float>, isTransposed: Bool, by alpha: Float, bias: Tensor<Float>?,
    by beta: Float
  ) throws(FormatError) -> Result {
    guard extents.count == 1 else {
      throw refused(
        "takes rows of numbers, but \(Self.text(extents)) comes in", "put a Flatten before it")
    }
    guard matrix.shape.count == 2 else { throw broken("has a matrix of shape \(matrix.shape)") }
    let (inputs, outputs) = (
      matrix.shape[isTransposed ? 1 : 0], matrix.shape[isTransposed ? 0 : 1]
    )
    guard inputs == extents[0], outputs >= 1 else {
      throw broken("has a matrix for \(inputs) numbers, but \(extents[0]) come in")
    }
    var weight = Tensor<Float>(shape: [outputs, inputs])
    let (row, column) = isTransposed ? (inputs, 1) : (1, outputs)
    let factor = alpha
    weight.withMutablePointer { target in
      matrix.withPointer { source in
        for o in 0..<outputs {
          for i in 0..<inputs { target[o * inputs + i] = factor * source[o * row + i * column] }
        }
      }
    }
    var offset = Tensor<Float>(shape: [outputs])
    if let bias {
      guard [1, outputs].contains(bias.count) else {
        throw broken("has an offset of \(bias.count) numbers for \(outputs) outputs")
      }
      for o in 0..<outputs { offset[o] = beta * bias.scalars[bias.count == 1 ? 0 : o] }
    }
    let stage = try checked { () throws(SolverError) in try Dense(inputs, outputs) }
    return ([.affine(stage, [weight, offset])], [outputs])
  }

  private func convolution() throws(FormatError) -> Result {
    let image = try image()
    let geometry = try ONNXKernel(self, weight: requiredConstant(1, "kernel"))
    guard geometry.weight.shape[1] * geometry.groups == image.channels else {
      throw broken(
        "has a kernel of shape \(geometry.weight.shape) in \(geometry.groups) groups for "
          + "\(image.channels) channels")
    }
    let (weight, padding) = try geometry.withEvenPads(on: image, self)
    let shape = try checked { () throws(ShapeError) in
      try ConvolutionShape(
        input: image, channels: weight.shape[0],
        kernel: Extent(height: weight.shape[2], width: weight.shape[3]), stride: geometry.stride,
        padding: padding, dilation: geometry.dilation, groups: geometry.groups)
    }
    let offset = try bias(channels: shape.output.channels)
    return ([.affine(Convolution(shape), [weight, offset])], shape.output.extents)
  }

  private func transposedConvolution() throws(FormatError) -> Result {
    let image = try image()
    let geometry = try ONNXKernel(self, weight: requiredConstant(1, "kernel"))
    guard geometry.weight.shape[0] == image.channels, try integers("output_shape") == nil,
      geometry.isExplicit
    else {
      throw geometry.weight.shape[0] == image.channels
        ? refused("chooses its padding by itself", "export it with pads")
        : broken("has a kernel of shape \(geometry.weight.shape) for \(image.channels) channels")
    }
    let padding = try geometry.evenPads(self)
    let more = try integers("output_padding") ?? [0, 0]
    guard more.count == 2, more[0] >= 0, more[1] >= 0, more[0] < geometry.stride.height,
      more[1] < geometry.stride.width
    else { throw refused("has an output_padding of \(more)", "it must be below the stride") }
    let larger = Extent(
      height: (image.height - 1) * geometry.stride.height + geometry.reach.height + more[0]
        - 2 * padding.height,
      width: (image.width - 1) * geometry.stride.width + geometry.reach.width + more[1]
        - 2 * padding.width)
    let shape = try checked { () throws(ShapeError) in
      try ConvolutionShape(
        input: ImageShape(
          channels: geometry.weight.shape[1] * geometry.groups, height: larger.height,
          width: larger.width),
        channels: image.channels, kernel: geometry.kernel, stride: geometry.stride,
        padding: padding, dilation: geometry.dilation, groups: geometry.groups)
    }
    guard shape.output == image else { throw broken("does not fit \(image)") }
    let offset = try bias(channels: shape.input.channels)
    return (
      [.affine(TransposedConvolution(adjointOf: shape), [geometry.weight, offset])],
      shape.input.extents
    )
  }

  private func bias(channels: Int) throws(FormatError) -> Tensor<Float> {
    guard let bias = try constant(2, "offset") else { return Tensor(shape: [channels]) }
    guard bias.shape == [channels] else {
      throw broken("has an offset of shape \(bias.shape) for \(channels) channels")
    }
    return bias
  }
}

extension ImageShape {
  /// Channels, height and width.
  var extents: [Int] { [channels, height, width] }
}
