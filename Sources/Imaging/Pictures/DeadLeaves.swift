import RealModule
import Tensors

/// Synthetic pictures with the statistics of natural ones: discs that cover one another like leaves on
/// the ground.
///
/// Radii have density `r^(-3)` between two limits, centres are uniform, so that a picture looks the same
/// at all scales. A leaf has one brightness, the mean of two uniform numbers, with a slope across it;
/// channels differ from it by 0.15 at most. Each pixel is the mean of `oversampling^2` points. Leaves are
/// laid from the topmost down until the picture is covered. With the default radii the mean length of
/// the gradient is that of natural pictures of 180 x 180.
///
/// Source: Lee, Mumford and Huang, International J. Computer Vision 41, 2001.
public struct DeadLeaves: Sendable, Equatable {
  /// Extents of a picture.
  public let shape: ImageShape
  /// Radii in pixels.
  public let radii: ClosedRange<Double>
  /// The greatest change of brightness across a leaf, `>= 0`.
  public let shading: Double
  /// Points per pixel in each direction.
  public let oversampling: Int

  /// - Throws: ``ImagingError`` unless `0 < radii`, `shading >= 0` and `1 <= oversampling <= 8`.
  public init(
    _ shape: ImageShape, radii: ClosedRange<Double> = 2...120, shading: Double = 0.2,
    oversampling: Int = 2
  ) throws(ImagingError) {
    let name = "DeadLeaves"
    try ImagingError.require(
      radii.lowerBound >= 0.5, name, "smallest radius", radii.lowerBound, "at least 0.5")
    try ImagingError.require(true, name, "largest radius", radii.upperBound, "a finite number")
    try ImagingError.require(shading >= 0, name, "shading", shading, "a finite number >= 0")
    try ImagingError.require(
      (1...8).contains(oversampling), name, "oversampling", Double(oversampling),
      "between 1 and 8")
    (self.shape, self.radii, self.shading) = (shape, radii, shading)
    self.oversampling = oversampling
  }

  /// `count` pictures in [0, 1]; picture `i` is a function of seed and `first + i`.
  public func pictures(
    _ count: Int, seed: UInt64, first: Int = 0, on pool: WorkerPool
  ) -> Tensor<Float> {
    var batch = Tensor<Float>(shape: shape.batch(count))
    let size = shape.count
    batch.withMutablePointer { x in
      pool.forEach(count) { index in
        var stream = RandomStream(seed: seed, .synthesis, lane: UInt64(first + index))
        var ground = Ground(self)
        while ground.isOpen { ground.lay(Leaf(self, from: &stream)) }
        ground.average(into: x + index * size)
      }
    }
    return batch
  }

  /// The same as a set that patches can be cut from.
  public func imageSet(_ count: Int, seed: UInt64, on pool: WorkerPool) throws(ImagingError)
    -> ImageSet
  {
    try ImagingError.require(count, atLeast: 1, "DeadLeaves", "count")
    let batch = pictures(count, seed: seed, on: pool)
    let extents = [shape.channels, shape.height, shape.width]
    return try ImageSet(
      (0..<count).compactMap { try? batch.rows($0..<$0 + 1).reshaped(to: extents) })
  }
}

/// A disc in pixels, with its colour at the centre and the slope of its brightness.
private struct Leaf {
  let (x, y, radius): (Double, Double, Double)
  let colour: [Float]
  let slope: (x: Double, y: Double)

  init(_ leaves: DeadLeaves, from stream: inout RandomStream) {
    // The inverse of the distribution function of r^(-3).
    let (low, high) = (leaves.radii.lowerBound, leaves.radii.upperBound)
    let (a, b) = (1 / (low * low), 1 / (high * high))
    radius = 1 / (a - stream.uniform() * (a - b)).squareRoot()
    // Wherever a leaf can touch the picture; small ones mostly do not.
    x = stream.uniform() * (Double(leaves.shape.width) + 2 * high) - high
    y = stream.uniform() * (Double(leaves.shape.height) + 2 * high) - high
    let brightness = (stream.uniform() + stream.uniform()) / 2
    let spread = leaves.shape.channels > 1 ? 0.3 : 0
    colour = (0..<leaves.shape.channels).map { _ in
      Float(brightness + spread * (stream.uniform() - 0.5))
    }
    let (angle, size) = (2 * Double.pi * stream.uniform(), leaves.shading * stream.uniform())
    let steepness = size / (2 * radius)
    slope = (steepness * Double.cos(angle), steepness * Double.sin(angle))
  }
}

/// The points of a picture, and which are still uncovered.
private struct Ground {
  private let leaves: DeadLeaves
  private let width: Int
  private let height: Int
  private var colours: [Float]
  private var isCovered: [Bool]
  private var uncovered: Int
  private var laid = 0

  init(_ leaves: DeadLeaves) {
    self.leaves = leaves
    (width, height) = (
      leaves.shape.width * leaves.oversampling, leaves.shape.height * leaves.oversampling
    )
    uncovered = width * height
    isCovered = Array(repeating: false, count: uncovered)
    colours = Array(repeating: 0.5, count: uncovered * leaves.shape.channels)
  }

  /// Whether leaves are missing: the last thousandth stays grey, and so does what a number of leaves
  /// like that of the points cannot reach.
  var isOpen: Bool { uncovered * 1000 > width * height && laid < 4 * width * height }

  mutating func lay(_ leaf: Leaf) {
    let scale = Double(leaves.oversampling)
    let (x, y, radius) = (leaf.x * scale, leaf.y * scale, leaf.radius * scale)
    guard x + radius > 0, y + radius > 0, x - radius < Double(width), y - radius < Double(height)
    else { return }
    let (top, bottom) = (max(Int(y - radius), 0), min(Int(y + radius), height - 1))
    guard top <= bottom else { return }
    laid += 1
    for i in top...bottom {
      let dy = Double(i) + 0.5 - y
      let half = radius * radius - dy * dy
      guard half > 0 else { continue }
      let reach = half.squareRoot()
      let (first, last) = (max(Int(x - reach), 0), min(Int(x + reach), width - 1))
      guard first <= last else { continue }
      for j in first...last where !isCovered[i * width + j] {
        let dx = Double(j) + 0.5 - x
        guard dx * dx < half else { continue }
        cover(i * width + j, leaf, brighter: Float((dx * leaf.slope.x + dy * leaf.slope.y) / scale))
      }
    }
  }

  private mutating func cover(_ point: Int, _ leaf: Leaf, brighter: Float) {
    isCovered[point] = true
    uncovered -= 1
    for (c, colour) in leaf.colour.enumerated() {
      colours[c * width * height + point] = min(max(colour + brighter, 0), 1)
    }
  }

  /// Means over the points of each pixel.
  func average(into x: UnsafeMutablePointer<Float>) {
    let (n, shape) = (leaves.oversampling, leaves.shape)
    for row in 0..<shape.channels * shape.height {
      for column in 0..<shape.width {
        var sum: Float = 0
        for i in 0..<n {
          for j in 0..<n { sum += colours[(row * n + i) * width + column * n + j] }
        }
        x[row * shape.width + column] = sum / Float(n * n)
      }
    }
  }
}
