import Proximal
import Tensors

/// A convolutional ``Layer``, to be written in a ``Network`` builder:
///
///     try convolution(ImageShape(channels: 1, height: 28, width: 28), 6, kernel: Extent(5), ReLU())
///
/// - Parameters:
///   - input: the image that comes in.
///   - channels: channels of the image that goes out.
///   - kernel: taps.
///   - stride: pixels from one place of the kernel to the next.
///   - padding: zeros on each side of the image.
///   - dilation: pixels from one tap to the next.
///   - groups: groups of channels that do not mix.
///   - hasBias: whether each output channel has an offset.
///   - activation: the proximal map.
///   - regulariser: an extra term on the layer's variable.
/// - Throws: ``SolverError/shape(_:)``.
public func convolution(
  _ input: ImageShape, _ channels: Int, kernel: Extent, stride: Extent = Extent(1),
  padding: Extent = Extent(0), dilation: Extent = Extent(1), groups: Int = 1,
  hasBias: Bool = true, _ activation: any Activation,
  regulariser: (any LayerRegulariser)? = nil
) throws(SolverError) -> Layer {
  let shape = try ConvolutionShape.checked { () throws(ShapeError) in
    try ConvolutionShape(
      input: input, channels: channels, kernel: kernel, stride: stride, padding: padding,
      dilation: dilation, groups: groups)
  }
  return Layer(Convolution(shape, hasBias: hasBias), activation, regulariser: regulariser)
}

/// A ``Layer`` of means over windows, with the identity for an activation, to be written in a ``Network``
/// builder.
/// - Throws: ``SolverError/shape(_:)``.
public func averagePooling(
  _ input: ImageShape, window: Extent, stride: Extent? = nil
) throws(SolverError) -> Layer {
  Layer(try AveragePooling(input, window: window, stride: stride), Identity())
}

extension ConvolutionShape {
  /// A shape, or why there is none in the words of a solver.
  static func checked(
    _ make: () throws(ShapeError) -> ConvolutionShape
  ) throws(SolverError) -> ConvolutionShape {
    do { return try make() } catch { throw .shape(error) }
  }
}
