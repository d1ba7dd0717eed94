import Tensors

/// Synthetic pictures with the statistics of natural ones: leaves that cover one another on the ground.
///
/// Leaves are ellipses and rectangles turned at random, their shorter side 0.3 to 1 of the longer. Radii
/// have density `r^(-3)` between two limits, centres are uniform, so that a picture looks the same at
/// all scales. A leaf has one brightness, the mean of two uniform numbers drawn into a range of the
/// picture's own, with a slope across it and a texture of waves on it; channels differ from it by 0.15 at most.
/// Each pixel is the mean of `oversampling^2` points, seen through a lens that blurs by up to `blur`. Leaves
/// are laid from the topmost down until the picture is covered.
///
/// Blur and the ranges of brightness are each worth 0.2 dB to a denoiser that is trained on such pictures
/// and judged by natural ones; smaller leaves and stronger textures cost as much.
///
/// Source: Lee, Mumford and Huang, International J. Computer Vision 41, 2001; trained on, with
/// textures and blur, by Achddou, Gousseau and Ladjal, Computer Vision and Image Understanding 233, 2023.
public struct DeadLeaves: Sendable, Equatable {
  /// Extents of a picture.
  public let shape: ImageShape
  /// Radii in pixels.
  public let radii: ClosedRange<Double>
  /// The greatest change of brightness across a leaf, `>= 0`.
  public let shading: Double
  /// The greatest amplitude of a texture, `>= 0`.
  public let texture: Double
  /// The greatest standard deviation of the blur in pixels, from 0 to 10.
  public let blur: Double
  /// Points per pixel in each direction.
  public let oversampling: Int

  /// - Throws: ``ImagingError`` unless `0.5 <= radii`, `shading >= 0`, `texture >= 0`, `0 <= blur <= 10` and
  ///   `1 <= oversampling <= 8`.
  public init(
    _ shape: ImageShape, radii: ClosedRange<Double> = 2...120, shading: Double = 0.2,
    texture: Double = 0.35, blur: Double = 0.8, oversampling: Int = 2
  ) throws(ImagingError) {
    let name = "DeadLeaves"
    try ImagingError.require(
      radii.lowerBound >= 0.5, name, "smallest radius", radii.lowerBound, "at least 0.5")
    try ImagingError.require(true, name, "largest radius", radii.upperBound, "a finite number")
    try ImagingError.require(shading >= 0, name, "shading", shading, "a finite number >= 0")
    try ImagingError.require(texture >= 0, name, "texture", texture, "a finite number >= 0")
    try ImagingError.require((0...10).contains(blur), name, "blur", blur, "between 0 and 10")
    try ImagingError.require(
      (1...8).contains(oversampling), name, "oversampling", Double(oversampling),
      "between 1 and 8")
    (self.shape, self.radii, self.shading, self.texture) = (shape, radii, shading, texture)
    (self.blur, self.oversampling) = (blur, oversampling)
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
        let lens = Lens(deviation: blur * stream.uniform())
        let light = Light(from: &stream)
        var ground = Ground(self)
        while ground.isOpen { ground.lay(Leaf(self, in: light, from: &stream)) }
        ground.average(into: x + index * size)
        for channel in 0..<shape.channels {
          lens.blur(x + index * size + channel * shape.pixels, shape.height, shape.width)
        }
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

/// The range of brightness of a picture: 0.2 to 1 wide, anywhere in [0, 1].
struct Light {
  let (middle, contrast): (Double, Double)

  init(from stream: inout RandomStream) {
    contrast = 0.2 + 0.8 * stream.uniform()
    middle = contrast / 2 + (1 - contrast) * stream.uniform()
  }

  /// A number of [0, 1] drawn into the range.
  func brightness(_ u: Double) -> Double { middle + contrast * (u - 0.5) }
}
