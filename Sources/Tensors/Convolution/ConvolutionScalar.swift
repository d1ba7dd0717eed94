import CVectorMath

/// The convolution kernels underneath ``ConvolutionShape``, on one thread; see `CVectorMath.h`.
public protocol ConvolutionScalar {
  /// `z_o <- sum over channels c and taps t of w_(c, t, o) x_c`, `x_c` at the tap, for 1 to 4 `outputs`;
  /// `plane` and `row` lead from one channel and row of `z` to the next.
  static func correlate(
    _ window: PixelWindow, _ x: UnsafePointer<Self>, weights w: UnsafePointer<Self>, outputs: Int,
    into z: UnsafeMutablePointer<Self>, plane: Int, row: Int)

  /// `u <- G w G^T` of Winograd's method, of up to 8 outputs.
  static func transform(
    _ taps: WeightPlaces, _ w: UnsafePointer<Self>, channels: Int, outputs: Int,
    into u: UnsafeMutablePointer<Self>)

  /// `z <-` the convolution for some tiles, by Winograd's method; the samples of `x` and `z` are `width` and
  /// `row` numbers apart.
  static func convolve(
    _ tiles: PixelTiles, _ x: UnsafePointer<Self>, every width: Int, weights u: UnsafePointer<Self>,
    into z: UnsafeMutablePointer<Self>, every row: Int, room: UnsafeMutablePointer<Self>)

  /// `g_(o, c, t) <- g_(o, c, t) + sum over pixels of r_o x_c`, `x_c` at the tap, for 1 to 4 `outputs`.
  /// Rows of `r` follow one another and have at least a vector of 32 bytes; `plane` leads from channel to
  /// channel.
  static func addCorrelationGradient(
    _ window: PixelWindow, _ x: UnsafePointer<Self>, residual r: UnsafePointer<Self>, plane: Int,
    outputs: Int, to g: UnsafeMutablePointer<Self>)

  /// The sum of `count` numbers.
  static func sum(_ x: UnsafePointer<Self>, count: Int) -> Self

  /// `out_i <- value`
  static func fill(_ out: UnsafeMutablePointer<Self>, count: Int, with value: Self)

  /// A band of an image, channel by channel, row by row.
  static func copy(
    _ band: PixelBand, of x: UnsafePointer<Self>, into out: UnsafeMutablePointer<Self>)

  /// `out_i <- x_(places_i)`
  static func gather(
    _ x: UnsafePointer<Self>, at places: UnsafeBufferPointer<Int>,
    into out: UnsafeMutablePointer<Self>)

  /// `out_(to i) <- x_(from i)`
  static func copy(
    _ x: UnsafePointer<Self>, every from: Int, into out: UnsafeMutablePointer<Self>,
    every to: Int, count: Int)

  /// The means over the windows of a plane.
  static func means(
    _ windows: PoolingWindows, of x: UnsafePointer<Self>, into z: UnsafeMutablePointer<Self>)

  /// The adjoint of ``means(_:of:into:)``.
  static func spreadMeans(
    _ windows: PoolingWindows, of r: UnsafePointer<Self>, into u: UnsafeMutablePointer<Self>)
}

/// The part of a source that a kernel sees: pixel `(i, j)` of a channel meets tap `t` at
/// `row i + j + offsets[t]`. Rows are read in whole vectors, beyond the end of the last channel by up to
/// ``overrun`` numbers of any value.
public struct PixelWindow {
  /// From the start of a channel to that of the next.
  public let plane: Int
  /// From a row of the target to the next, in the source.
  public let row: Int
  /// Rows of the target.
  public let rows: Int
  /// Pixels in a row of the target.
  public let width: Int
  /// Channels of the source.
  public let channels: Int
  /// Where each tap lies.
  public let offsets: UnsafeBufferPointer<Int>

  /// Numbers of the longest vector.
  static var overrun: Int { 16 }

  var c: cv_window {
    cv_window(
      plane: plane, row: row, rows: rows, width: width, channels: channels, taps: offsets.count,
      offsets: offsets.baseAddress)
  }
}

/// Where the weights lie that Winograd's method takes.
public struct WeightPlaces {
  let c: cv_kernel
}

/// What Winograd's method works on at a time.
public struct PixelTiles {
  let shape: cv_convolution
  let tiles: cv_tiles
}

/// Windows of `extent` pixels, a `stride` apart, over a plane.
public struct PoolingWindows: Sendable {
  /// Rows and columns of the plane.
  public let source: Extent
  /// Rows and columns of windows.
  public let count: Extent
  /// Rows and columns of a window.
  public let extent: Extent
  /// Pixels from one window to the next.
  public let stride: Extent

  /// The windows of a convolution without padding and dilation.
  public init(_ shape: ConvolutionShape) {
    source = Extent(height: shape.input.height, width: shape.input.width)
    count = Extent(height: shape.output.height, width: shape.output.width)
    (extent, stride) = (shape.kernel, shape.stride)
  }

  var c: cv_pool {
    cv_pool(
      source_rows: source.height, source_columns: source.width, rows: count.height,
      columns: count.width, height: extent.height, width: extent.width, down: stride.height,
      across: stride.width)
  }
}

/// Rows of an image with the zeros around them, rows and pixels that lie a step apart next to one another:
/// for each of the `down` parts of the rows and `step` parts of the columns one picture.
public struct PixelBand: Sendable {
  /// The image.
  public let image: ImageShape
  /// Channels of it.
  public let channels: Int
  /// The first row; below 0 above the image.
  public let first: Int
  /// Rows of each part.
  public let rows: Int
  /// Rows from one to the next.
  public let down: Int
  /// The first column; below 0 left of the image.
  public let origin: Int
  /// Columns from one pixel to the next.
  public let step: Int
  /// Pixels of each of the `step` parts of a row.
  public let part: Int

  var c: cv_band {
    cv_band(
      channels: channels, height: image.height, width: image.width, first: first, rows: rows,
      down: down, origin: origin, step: step, part: part)
  }
}
