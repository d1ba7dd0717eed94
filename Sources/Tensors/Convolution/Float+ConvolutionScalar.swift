import CVectorMath

extension Float: ConvolutionScalar {
  public static func correlate(
    _ window: PixelWindow, _ x: UnsafePointer<Float>, weights w: UnsafePointer<Float>,
    outputs: Int, into z: UnsafeMutablePointer<Float>, plane: Int, row: Int
  ) {
    cv_correlate_f32(window.c, x, w, outputs, z, plane, row)
  }

  public static func transform(
    _ taps: WeightPlaces, _ w: UnsafePointer<Float>, channels: Int, outputs: Int,
    into u: UnsafeMutablePointer<Float>
  ) {
    cv_winograd_weights_f32(taps.c, w, channels, outputs, u)
  }

  public static func convolve(
    _ tiles: PixelTiles, _ x: UnsafePointer<Float>, every width: Int,
    weights u: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>, every row: Int,
    room: UnsafeMutablePointer<Float>
  ) {
    cv_winograd_f32(tiles.shape, tiles.tiles, x, width, u, z, row, room)
  }

  public static func addCorrelationGradient(
    _ window: PixelWindow, _ x: UnsafePointer<Float>, residual r: UnsafePointer<Float>,
    plane: Int, outputs: Int, to g: UnsafeMutablePointer<Float>
  ) {
    cv_gradient_f32(window.c, x, r, plane, outputs, g)
  }

  public static func sum(_ x: UnsafePointer<Float>, count: Int) -> Float { cv_sum_f32(x, count) }

  public static func fill(_ out: UnsafeMutablePointer<Float>, count: Int, with value: Float) {
    cv_fill_f32(out, count, value)
  }

  public static func copy(
    _ band: PixelBand, of x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    cv_copy_band_f32(band.c, x, out)
  }

  public static func gather(
    _ x: UnsafePointer<Float>, at places: UnsafeBufferPointer<Int>,
    into out: UnsafeMutablePointer<Float>
  ) {
    cv_gather_f32(x, places.baseAddress, out, places.count)
  }

  public static func copy(
    _ x: UnsafePointer<Float>, every from: Int, into out: UnsafeMutablePointer<Float>,
    every to: Int, count: Int
  ) {
    cv_copy_f32(x, from, out, to, count)
  }

  public static func means(
    _ windows: PoolingWindows, of x: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>
  ) {
    cv_means_f32(windows.c, x, z)
  }

  public static func spreadMeans(
    _ windows: PoolingWindows, of r: UnsafePointer<Float>, into u: UnsafeMutablePointer<Float>
  ) {
    cv_spread_means_f32(windows.c, r, u)
  }
}
