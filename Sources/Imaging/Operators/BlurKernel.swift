import RealModule

/// A blur's point-spread function: weights `k(i, j)` with odd extents, the centre in the middle.
public struct BlurKernel: Sendable, Equatable {
  /// Rows, odd.
  public let height: Int
  /// Columns, odd.
  public let width: Int
  /// Row by row.
  public let weights: [Double]

  /// An explicit kernel, row by row.
  /// - Throws: ``ImagingError`` unless the extents are odd, there are `height * width` weights and all
  ///   are finite.
  public init(height: Int, width: Int, weights: [Double]) throws(ImagingError) {
    guard height > 0, width > 0, height % 2 == 1, width % 2 == 1, weights.count == height * width
    else {
      throw .unsuitable(
        "\(weights.count) weights are no kernel of \(height) x \(width); a kernel has odd extents and "
          + "a weight for each place")
    }
    guard weights.allSatisfy(\.isFinite) else {
      throw .unsuitable("a weight of the kernel is not finite; give numbers")
    }
    (self.height, self.width, self.weights) = (height, width, weights)
  }

  /// `k(i, j) ~ exp(-(i^2 + j^2) / (2 s^2))`, `s` the standard deviation in pixels, sum 1.
  /// - Throws: ``ImagingError`` unless `size` is odd and the standard deviation greater than 0.
  public static func gaussian(
    size: Int, standardDeviation: Double
  ) throws(ImagingError) -> BlurKernel {
    try ImagingError.require(
      standardDeviation > 0, "BlurKernel.gaussian", "standardDeviation", standardDeviation,
      "a finite number greater than 0")
    return try normalised(size) { i, j in
      Double.exp(-(i * i + j * j) / (2 * standardDeviation * standardDeviation))
    }
  }

  /// Equal weights, sum 1.
  /// - Throws: ``ImagingError`` unless `size` is odd.
  public static func uniform(size: Int) throws(ImagingError) -> BlurKernel {
    try normalised(size) { _, _ in 1 }
  }

  private static func normalised(
    _ size: Int, _ weight: (Double, Double) -> Double
  ) throws(ImagingError) -> BlurKernel {
    let places = (0..<max(size, 0)).map { Double($0) - Double(size - 1) / 2 }
    let weights = places.flatMap { i in places.map { j in weight(i, j) } }
    let sum = weights.reduce(0, +)
    return try BlurKernel(height: size, width: size, weights: weights.map { $0 / sum })
  }
}
