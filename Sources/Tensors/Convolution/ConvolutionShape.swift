/// The extents of a convolution, `z[o, i] = sum over c, k of W[o, c, k] x[c, stride i + dilation k - padding]`.
///
/// `i` and `k` are pairs of a row and a column; outside the image `x` is 0. In each of the `groups` only
/// their own channels meet. `W` has PyTorch's shape `(outputs, inputs / groups, kernel height, kernel width)`.
public struct ConvolutionShape: Sendable, Equatable {
  /// The image that comes in.
  public let input: ImageShape
  /// The image that goes out.
  public let output: ImageShape
  /// Taps.
  public let kernel: Extent
  /// Pixels from one place of the kernel to the next.
  public let stride: Extent
  /// Zeros on each side of the image.
  public let padding: Extent
  /// Pixels from one tap to the next.
  public let dilation: Extent
  /// Groups of channels.
  public let groups: Int

  /// - Throws: ``ShapeError/convolution(_:)`` for extents that do not go together.
  public init(
    input: ImageShape, channels: Int, kernel: Extent, stride: Extent = Extent(1),
    padding: Extent = Extent(0), dilation: Extent = Extent(1), groups: Int = 1
  ) throws(ShapeError) {
    for (name, extent, least) in [
      ("kernel", kernel, 1), ("stride", stride, 1), ("padding", padding, 0),
      ("dilation", dilation, 1),
    ] where !extent.lies(in: least...Self.most) {
      throw .convolution(
        "a \(name) of \(extent.height) x \(extent.width) is out of range; it must be "
          + "between \(least) and \(Self.most)")
    }
    guard groups > 0, input.channels.isMultiple(of: groups), channels.isMultiple(of: groups) else {
      throw .convolution(
        "\(input.channels) channels to \(channels) do not divide into \(groups) groups; "
          + "choose a divisor of both")
    }
    func places(_ extent: Int, _ side: KeyPath<Extent, Int>) -> Int {
      let room =
        extent + 2 * padding[keyPath: side] - dilation[keyPath: side] * (kernel[keyPath: side] - 1)
      return room < 1 ? 0 : (room - 1) / stride[keyPath: side] + 1
    }
    let (height, width) = (places(input.height, \.height), places(input.width, \.width))
    guard height > 0, width > 0 else {
      throw .convolution(
        "a kernel of \(kernel.height) x \(kernel.width) does not fit an image of "
          + "\(input.height) x \(input.width); take a smaller kernel or more padding")
    }
    output = try ImageShape(channels: channels, height: height, width: width)
    (self.input, self.kernel, self.stride) = (input, kernel, stride)
    (self.padding, self.dilation, self.groups) = (padding, dilation, groups)
  }

  private static let most = 1 << 12

  /// `(outputs, inputs / groups, kernel height, kernel width)`.
  public var weightShape: [Int] {
    [output.channels, input.channels / groups, kernel.height, kernel.width]
  }

  /// Numbers of a patch: what one output sees, `inputs / groups` times the taps.
  public var patch: Int { weightShape.dropFirst().reduce(1, *) }

  /// The same with one output channel in each group.
  public var withOneOutput: ConvolutionShape { ConvolutionShape(self, output: groups) }

  private init(_ shape: ConvolutionShape, output channels: Int) {
    (input, kernel, stride) = (shape.input, shape.kernel, shape.stride)
    (padding, dilation, groups) = (shape.padding, shape.dilation, shape.groups)
    output = ImageShape(shape.output, channels: channels)
  }

  /// Multiplications and additions for one sample.
  var operations: Int { 2 * output.count * patch }
}
