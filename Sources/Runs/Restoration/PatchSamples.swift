import Imaging
import Lifted
import Tensors

/// Patches of pictures to train a network on, and `A^* y` of what is measured of them as inputs.
///
/// Where there is a range of noise levels each patch has one of its own, and is scaled with its target so
/// that the noise is the greatest level's. Pixels whose measurement is not known are 0 in the targets.
struct PatchSamples: SampleSource {
  private let patches: RestorationSamples
  private let degradation: Degradation
  private let map: any LinearOperator
  private let observed: Mask?

  var count: Int { patches.count }
  var inputs: Int { patches.targets }
  var targets: Int { patches.targets }

  /// So many patches of some pictures, anew at each visit.
  /// - Throws: `ImagingError` where a picture is smaller than a patch.
  init(
    _ pictures: ImageSet, count: Int, _ recipe: RestorationRecipe, noise: NoiseLevels, seed: UInt64
  ) throws {
    degradation = Degradation(recipe.operator, noise: noise, seed: seed)
    map = try recipe.operator.map(on: recipe.patchShape, seed: seed)
    observed = try recipe.lossMask(of: map)
    patches = try RestorationSamples(
      pictures, count: count, degradation: map,
      noise: .gaussian(sigma: noise.isRange ? 0 : noise.most), flips: recipe.flips, seed: seed)
  }

  func fill<S: TensorScalar>(
    _ batch: inout Batch<S>, with samples: ArraySlice<Int>, visit: UInt64, on pool: WorkerPool
  ) {
    guard !degradation.operator.isNone || degradation.noise.isRange else {
      return patches.fill(&batch, with: samples, visit: visit, on: pool)
    }
    var measured = Batch<S>(
      samples: samples.count, inputs: patches.inputs, targets: patches.targets)
    patches.fill(&measured, with: samples, visit: visit, on: pool)
    if degradation.noise.isRange { addNoise(to: &measured, samples, visit, pool) }
    map.adjoint(of: measured.inputs, into: &batch.inputs, on: pool)
    if let observed {
      observed.apply(measured.targets, into: &batch.targets, on: pool)
    } else {
      batch.targets = measured.targets
    }
  }

  /// Noise of a level of its own for each row, everything scaled to that of the greatest.
  private func addNoise<S: TensorScalar>(
    to batch: inout Batch<S>, _ samples: ArraySlice<Int>, _ visit: UInt64, _ pool: WorkerPool
  ) {
    let levels = degradation.noise
    for (row, sample) in samples.enumerated() {
      var stream = RandomStream(
        seed: degradation.seed, .probe, lane: visit << 32 | UInt64(sample))
      let sigma = levels.least + (levels.most - levels.least) * stream.uniform()
      batch.inputs.scaleRow(row, by: S(levels.most / sigma))
      batch.targets.scaleRow(row, by: S(levels.most / sigma))
    }
    Noise.gaussian(sigma: levels.most).add(
      to: &batch.inputs, seed: degradation.seed, visit: visit, pictures: Array(samples), on: pool)
  }
}

extension Tensor {
  fileprivate mutating func scaleRow(_ row: Int, by factor: Scalar) {
    let columns = self.columns
    withMutablePointer { x in
      for i in row * columns..<(row + 1) * columns { x[i] *= factor }
    }
  }
}

extension RestorationRecipe {
  /// Keeps the pixels that count in the loss; `nil` if all do.
  func lossMask(of map: any LinearOperator) throws(ImagingError) -> Mask? {
    guard let blur = map as? Blur, blur.border == .valid else { return nil }
    return try Mask(map.input, keeping: blur.observed)
  }
}
