import RealModule
import Tensors

/// The mean structural similarity of two pictures, at most 1,
///
///     SSIM = (2 mx my + C1) (2 sxy + C2) / ((mx^2 + my^2 + C1) (sx^2 + sy^2 + C2))
///     C1 = (0.01 range)^2,   C2 = (0.03 range)^2
///
/// with means, variances and covariance weighted by a Gaussian window of 11 x 11 pixels and standard
/// deviation 1.5, averaged over all places where the window lies within the picture, and over channels.
/// The same as `skimage.metrics.structural_similarity` with `gaussian_weights=True`,
/// `use_sample_covariance=False`.
///
/// Source: Wang, Bovik, Sheikh and Simoncelli, IEEE Trans. Image Processing 13, 2004.
public struct StructuralSimilarity: Sendable, Equatable {
  /// The greatest less the least possible number: 1 for pictures in [0, 1], 255 for 8-bit codes.
  public let dataRange: Double

  /// Side of the window in pixels: the least height and width of a picture.
  public static let window = 11

  /// `exp(-i^2 / (2 1.5^2))`, sum 1.
  private static let weights: [Double] = {
    let radius = window / 2
    let weights = (-radius...radius).map { Double.exp(-Double($0 * $0) / 4.5) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }()

  /// The similarity for pictures of a data range, greater than 0.
  public init(dataRange: Double) {
    precondition(dataRange > 0 && dataRange.isFinite, "data range \(dataRange)")
    self.dataRange = dataRange
  }

  /// One value for each picture of a batch of pictures of the given extents.
  /// - Throws: ``ImagingError/unsuitable(_:)`` for pictures smaller than the window.
  public func callAsFunction<S: TensorScalar>(
    _ x: Tensor<S>, reference: Tensor<S>, shape: ImageShape, on pool: WorkerPool
  ) throws(ImagingError) -> [Double] {
    guard min(shape.height, shape.width) >= Self.window else {
      throw .unsuitable(
        "pictures of \(shape) are smaller than the \(Self.window) x \(Self.window) window of the "
          + "structural similarity; compare larger ones")
    }
    precondition(
      x.rows == reference.rows && x.columns == shape.count && reference.columns == shape.count,
      "pictures of \(x.shape) and reference of \(reference.shape) are no batches of \(shape)")
    let planes = reference.rows * shape.channels
    var similarities = [Double](repeating: 0, count: planes)
    x.withPointer { x in
      reference.withPointer { r in
        similarities.withUnsafeMutableBufferPointer { similarities in
          let target = similarities.baseAddress!
          pool.forEach(planes) { plane in
            let start = plane * shape.pixels
            target[plane] = similarity(x + start, r + start, shape)
          }
        }
      }
    }
    return stride(from: 0, to: planes, by: shape.channels).map {
      similarities[$0..<$0 + shape.channels].reduce(0, +) / Double(shape.channels)
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private func similarity<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ shape: ImageShape
  ) -> Double {
    func moment(_ f: (Double, Double) -> Double) -> [Double] {
      smoothed((0..<shape.pixels).map { f(Double(x[$0]), Double(y[$0])) }, shape)
    }
    let (mx, my) = (moment { a, _ in a }, moment { _, b in b })
    let (xx, yy, xy) = (moment { a, _ in a * a }, moment { _, b in b * b }, moment { $0 * $1 })
    let (c1, c2) = (0.0001 * dataRange * dataRange, 0.0009 * dataRange * dataRange)
    var sum = 0.0
    for i in mx.indices {
      let (a, b) = (mx[i], my[i])
      let (va, vb, covariance) = (xx[i] - a * a, yy[i] - b * b, xy[i] - a * b)
      sum +=
        (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (va + vb + c2))
    }
    return sum / Double(mx.count)
  }

  /// The weighted means of all windows within the plane, along columns, then along rows.
  private func smoothed(_ plane: [Double], _ shape: ImageShape) -> [Double] {
    let (width, weights) = (shape.width, Self.weights)
    let (rows, columns) = (shape.height - Self.window + 1, width - Self.window + 1)
    var down = [Double](repeating: 0, count: rows * width)
    for row in 0..<rows {
      for (k, weight) in weights.enumerated() {
        for i in 0..<width { down[row * width + i] += weight * plane[(row + k) * width + i] }
      }
    }
    var both = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for (k, weight) in weights.enumerated() {
        for i in 0..<columns { both[row * columns + i] += weight * down[row * width + i + k] }
      }
    }
    return both
  }
}
