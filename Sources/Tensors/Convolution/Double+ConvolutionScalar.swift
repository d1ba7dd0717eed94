import CVectorMath

extension Double: ConvolutionScalar {
  public static func correlate(
    _ window: PixelWindow, _ x: UnsafePointer<Double>, weights w: UnsafePointer<Double>,
    outputs: Int, into z: UnsafeMutablePointer<Double>, plane: Int, row: Int
  ) {
    cv_correlate_f64(window.c, x, w, outputs, z, plane, row)
  }

  public static func transform(
    _ taps: WeightPlaces, _ w: UnsafePointer<Double>, channels: Int, outputs: Int,
    into u: UnsafeMutablePointer<Double>
  ) {
    cv_winograd_weights_f64(taps.c, w, channels, outputs, u)
  }

  public static func convolve(
    _ tiles: PixelTiles, _ x: UnsafePointer<Double>, every width: Int,
    weights u: UnsafePointer<Double>, into z: UnsafeMutablePointer<Double>, every row: Int,
    room: UnsafeMutablePointer<Double>
  ) {
    cv_winograd_f64(tiles.shape, tiles.tiles, x, width, u, z, row, room)
  }

  public static func addCorrelationGradient(
    _ window: PixelWindow, _ x: UnsafePointer<Double>, residual r: UnsafePointer<Double>,
    plane: Int, outputs: Int, to g: UnsafeMutablePointer<Double>
  ) {
    cv_gradient_f64(window.c, x, r, plane, outputs, g)
  }

  public static func sum(_ x: UnsafePointer<Double>, count: Int) -> Double { cv_sum_f64(x, count) }

  public static func fill(_ out: UnsafeMutablePointer<Double>, count: Int, with value: Double) {
    cv_fill_f64(out, count, value)
  }

  public static func copy(
    _ band: PixelBand, of x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    cv_copy_band_f64(band.c, x, out)
  }

  public static func gather(
    _ x: UnsafePointer<Double>, at places: UnsafeBufferPointer<Int>,
    into out: UnsafeMutablePointer<Double>
  ) {
    cv_gather_f64(x, places.baseAddress, out, places.count)
  }

  public static func copy(
    _ x: UnsafePointer<Double>, every from: Int, into out: UnsafeMutablePointer<Double>,
    every to: Int, count: Int
  ) {
    cv_copy_f64(x, from, out, to, count)
  }

  public static func means(
    _ windows: PoolingWindows, of x: UnsafePointer<Double>, into z: UnsafeMutablePointer<Double>
  ) {
    cv_means_f64(windows.c, x, z)
  }

  public static func spreadMeans(
    _ windows: PoolingWindows, of r: UnsafePointer<Double>, into u: UnsafeMutablePointer<Double>
  ) {
    cv_spread_means_f64(windows.c, r, u)
  }
}
