import Tensors

/// Images with labels, as inputs for classification or (denoising) reconstruction.
///
/// Bytes become numbers in [0, 1] and are kept as bytes, a quarter of the memory of `Float`; numbers are
/// taken as they are. Value type; splits share storage.
public struct ImageSamples: SampleSource {
  /// What is learned.
  public enum Task: Sendable, Equatable {
    /// Targets are one-hot rows of this many classes.
    case classification(classes: Int)
    /// Targets are the images; inputs are the images with normal noise of this standard deviation
    /// (in units of the range [0, 1]; 0 for none). Noise is new at every visit of a sample.
    case reconstruction(noise: Double)
  }

  private enum Storage: Sendable {
    case bytes([UInt8])
    case numbers([Float])

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .numbers(let numbers): numbers.count
      }
    }

    /// Some of the images, each of so many numbers.
    func images(_ rows: ArraySlice<Int>, of pixels: Int) -> Storage {
      switch self {
      case .bytes(let bytes):
        .bytes(rows.flatMap { bytes[($0 * pixels)..<(($0 + 1) * pixels)] })
      case .numbers(let numbers):
        .numbers(rows.flatMap { numbers[($0 * pixels)..<(($0 + 1) * pixels)] })
      }
    }
  }

  private var storage: Storage
  private var labels: [UInt8]
  private let indices: [Int]
  /// Which of the samples are in memory, one after another in the order of their numbers.
  private var kept: Range<Int>?
  /// Numbers per image.
  public let inputs: Int
  /// What is learned; decides the targets.
  public let task: Task
  private let seed: UInt64

  /// - Parameters:
  ///   - bytes: images one after another, `pixels` bytes each.
  ///   - labels: one for each image, below the number of classes.
  ///   - pixels: numbers per image, at least 1.
  ///   - task: what is learned.
  ///   - seed: root seed of the noise.
  /// - Throws: ``SolverError/unsuitable(_:)`` if counts do not agree or a label is out of range.
  public init(
    bytes: [UInt8], labels: [UInt8], pixels: Int, task: Task, seed: UInt64
  ) throws(SolverError) {
    try self.init(.bytes(bytes), labels, pixels, task, seed)
  }

  /// The same from numbers, which must be finite.
  /// - Throws: ``SolverError/unsuitable(_:)`` as above, and for a number that is not finite.
  public init(
    numbers: [Float], labels: [UInt8], pixels: Int, task: Task, seed: UInt64
  ) throws(SolverError) {
    if let index = numbers.firstIndex(where: { !$0.isFinite }) {
      throw .unsuitable(
        "image \(index / max(pixels, 1) + 1) holds \(numbers[index]) at pixel \(index % max(pixels, 1)); "
          + "every number must be finite")
    }
    try self.init(.numbers(numbers), labels, pixels, task, seed)
  }

  private init(
    _ storage: Storage, _ labels: [UInt8], _ pixels: Int, _ task: Task, _ seed: UInt64
  ) throws(SolverError) {
    guard pixels > 0, storage.count == pixels * labels.count else {
      throw .unsuitable(
        "\(pixels > 0 ? storage.count / pixels : 0) images for \(labels.count) labels; there must be "
          + "one label for each image")
    }
    if case .classification(let classes) = task, classes < 1 {
      throw .outOfRange(parameter: "classes", value: Double(classes), admissible: "at least 1")
    }
    if case .classification(let classes) = task, let bad = labels.first(where: { $0 >= classes }) {
      throw .unsuitable("label \(bad) among \(classes) classes; labels count from 0")
    }
    if case .reconstruction(let noise) = task, !(noise >= 0 && noise.isFinite) {
      throw .outOfRange(parameter: "noise", value: noise, admissible: "a finite number, at least 0")
    }
    (self.storage, self.labels, inputs) = (storage, labels, pixels)
    (self.task, self.seed) = (task, seed)
    indices = Array(0..<labels.count)
  }

  private init(_ other: ImageSamples, indices: [Int]) {
    (storage, labels, inputs) = (other.storage, other.labels, other.inputs)
    (task, seed, self.indices) = (other.task, other.seed, indices)
    kept = nil
  }

  /// Number of samples.
  public var count: Int { indices.count }

  /// Numbers per target: the classes, or the pixels.
  public var targets: Int {
    if case .classification(let classes) = task { classes } else { inputs }
  }

  /// The samples with the given numbers, in that order.
  public func subset(_ samples: some Sequence<Int>) -> ImageSamples {
    precondition(kept == nil, "a subset of samples that are not all in memory")
    return ImageSamples(self, indices: samples.map { indices[$0] })
  }

  /// The same samples with only those of a range in memory; filling a batch with others traps.
  public func keeping(only range: Range<Int>) -> ImageSamples {
    precondition(kept == nil, "samples that are not all in memory")
    var part = self
    let rows = indices[range]
    part.storage = storage.images(rows, of: inputs)
    part.labels = rows.map { labels[$0] }
    part.kept = range
    return part
  }

  /// Two disjoint random parts: `count` samples set aside, and the rest. The same seed, the same parts.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)`` if too many are asked for.
  public func split(
    settingAside count: Int, seed: UInt64
  ) throws(SolverError) -> (rest: ImageSamples, aside: ImageSamples) {
    guard (0..<self.count).contains(count) else {
      throw .outOfRange(
        parameter: "validation samples", value: Double(count),
        admissible: "at least 0 and fewer than the \(self.count) there are")
    }
    var stream = RandomStream(seed: seed, .split)
    let order = stream.permutation(of: self.count)
    return (subset(order[count...].sorted()), subset(order[..<count].sorted()))
  }

  /// Fills a batch of `samples.count` rows, side by side; the noise is a function of seed, visit and
  /// sample alone.
  public func fill<S: TensorScalar>(
    _ batch: inout Batch<S>, with samples: ArraySlice<Int>, visit: UInt64, on pool: WorkerPool
  ) {
    let rows = Array(samples)
    let targets = self.targets
    precondition(batch.inputs.shape == [rows.count, inputs], "batch of another size")
    batch.inputs.withMutablePointer { x in
      batch.targets.withMutablePointer { y in
        let piece = max(16_384 / inputs, 1)
        pool.forEach((rows.count + piece - 1) / piece) { index in
          for row in (index * piece)..<min((index + 1) * piece, rows.count) {
            let sample = indices[rows[row]]
            let place = place(of: rows[row])
            copyImage(place, to: x + row * inputs)
            fillTarget(
              y + row * targets, of: sample, at: place, from: x + row * inputs, visit: visit)
          }
        }
      }
    }
  }

  /// Where a sample stands in memory.
  private func place(of number: Int) -> Int {
    guard let kept else { return indices[number] }
    precondition(kept.contains(number), "sample \(number) is not among those in memory, \(kept)")
    return number - kept.lowerBound
  }

  private func copyImage<S: TensorScalar>(_ sample: Int, to input: UnsafeMutablePointer<S>) {
    switch storage {
    case .bytes(let bytes):
      bytes.withUnsafeBufferPointer {
        S.convert($0.baseAddress! + sample * inputs, scale: S(1) / 255, into: input, count: inputs)
      }
    case .numbers(let numbers):
      for i in 0..<inputs { input[i] = S(numbers[sample * inputs + i]) }
    }
  }

  /// The target of one sample; adds the noise to its input.
  private func fillTarget<S: TensorScalar>(
    _ target: UnsafeMutablePointer<S>, of sample: Int, at place: Int,
    from input: UnsafeMutablePointer<S>, visit: UInt64
  ) {
    switch task {
    case .classification(let classes):
      target.update(repeating: 0, count: classes)
      target[Int(labels[place])] = 1
    case .reconstruction(let noise):
      target.update(from: input, count: inputs)
      guard noise > 0 else { return }
      var stream = RandomStream(seed: seed, .noise, lane: visit << 32 | UInt64(sample))
      for i in 0..<inputs { input[i] += S(noise * stream.normal()) }
    }
  }
}
