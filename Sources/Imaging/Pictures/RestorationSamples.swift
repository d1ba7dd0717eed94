import Lifted
import Tensors

/// Random patches of pictures as targets, and as inputs what an operator and noise make of them.
///
/// Nothing is cut before it is asked for: picture, place and, where asked for, one of the eight flips
/// and quarter turns of a patch, and its noise, are functions of seed, visit and sample alone. So every
/// visit (epoch) sees other patches, and a run that is resumed the same ones.
public struct RestorationSamples: SampleSource {
  /// The pictures that patches are cut from.
  public let images: ImageSet
  /// What makes inputs of patches; its input is a patch.
  public let degradation: any LinearOperator
  /// Noise on the inputs.
  public let noise: Noise
  /// Whether patches are flipped and turned.
  public let flips: Bool
  /// Patches per visit.
  public let count: Int
  private let seed: UInt64

  public var inputs: Int { degradation.output.count }
  public var targets: Int { degradation.input.count }
  /// Extents of a patch.
  public var patch: ImageShape { degradation.input }

  /// - Parameters:
  ///   - images: the pictures.
  ///   - count: patches per visit, at least 1.
  ///   - degradation: takes patches; ``IdentityOperator`` for denoising.
  ///   - noise: added afterwards.
  ///   - flips: whether patches are flipped and turned; they must be square then.
  ///   - seed: root seed.
  /// - Throws: ``ImagingError`` where a picture is smaller than a patch or has other channels, or for
  ///   parameters out of range.
  public init(
    _ images: ImageSet, count: Int, degradation: any LinearOperator, noise: Noise,
    flips: Bool = true, seed: UInt64
  ) throws(ImagingError) {
    let patch = degradation.input
    try ImagingError.require(count, atLeast: 1, "RestorationSamples", "count")
    try noise.validate()
    guard !flips || patch.height == patch.width else {
      throw .unsuitable("patches of \(patch) cannot be turned; make them square or leave out flips")
    }
    for (picture, shape) in images.shapes.enumerated() {
      guard shape.height >= patch.height, shape.width >= patch.width,
        shape.channels == patch.channels
      else {
        throw .unsuitable(
          "picture \(picture + 1) of \(shape) holds no patch of \(patch); leave it out or cut "
            + "other patches")
      }
    }
    (self.images, self.count, self.degradation) = (images, count, degradation)
    (self.noise, self.flips, self.seed) = (noise, flips, seed)
  }

  public func fill<S: TensorScalar>(
    _ batch: inout Batch<S>, with samples: ArraySlice<Int>, visit: UInt64, on pool: WorkerPool
  ) {
    let rows = Array(samples)
    precondition(batch.targets.shape == [rows.count, targets], "batch of another size")
    let size = targets
    batch.targets.withMutablePointer { target in
      pool.forEach(rows.count) { row in
        cut(rows[row], visit, into: target + row * size)
      }
    }
    degradation.apply(batch.targets, into: &batch.inputs, on: pool)
    noise.add(to: &batch.inputs, seed: seed, visit: visit, pictures: rows, on: pool)
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private func cut<S: TensorScalar>(
    _ sample: Int, _ visit: UInt64, into target: UnsafeMutablePointer<S>
  ) {
    // The highest bit tells this stream from those of synthetic pictures.
    let lane = 1 << 63 | visit << 32 | UInt64(sample)
    var stream = RandomStream(seed: seed, .synthesis, lane: lane)
    let number = Int.random(in: 0..<images.count, using: &stream)
    let shape = images.shapes[number]
    let top = Int.random(in: 0...shape.height - patch.height, using: &stream)
    let left = Int.random(in: 0...shape.width - patch.width, using: &stream)
    let turn = flips ? Int.random(in: 0..<8, using: &stream) : 0
    images.pictures[number].withPointer { picture in
      for c in 0..<patch.channels {
        let source = picture + c * shape.pixels + top * shape.width + left
        let plane = target + c * patch.pixels
        for i in 0..<patch.height {
          let y = turn & 1 == 0 ? i : patch.height - 1 - i
          for j in 0..<patch.width {
            let x = turn & 2 == 0 ? j : patch.width - 1 - j
            let place = turn & 4 == 0 ? y * shape.width + x : x * shape.width + y
            plane[i * patch.width + j] = S(source[place])
          }
        }
      }
    }
  }
}
