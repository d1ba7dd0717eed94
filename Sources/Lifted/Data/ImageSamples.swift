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

  /// Images one after another: bytes are scaled to [0, 1], numbers are taken as they are.
  public enum Pixels: Sendable {
    case bytes([UInt8])
    case numbers([Float])

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .numbers(let numbers): numbers.count
      }
    }

    /// Some of the images, each of so many numbers.
    func images(_ rows: [Int], of pixels: Int) -> Pixels {
      switch self {
      case .bytes(let bytes):
        .bytes(rows.flatMap { bytes[($0 * pixels)..<(($0 + 1) * pixels)] })
      case .numbers(let numbers):
        .numbers(rows.flatMap { numbers[($0 * pixels)..<(($0 + 1) * pixels)] })
      }
    }
  }

  private var storage: Pixels
  private let labels: [UInt8]
  /// The image of each sample.
  private let indices: [Int]
  /// Which images are in memory, ascending; nil for all.
  private var kept: [Int]?
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
    try self.init(.numbers(numbers), labels, pixels, task, seed)
  }

  /// Samples without an image in memory; ``holding(_:of:)`` brings those that are needed.
  /// - Throws: ``SolverError`` as above.
  public init(
    labels: [UInt8], pixels: Int, task: Task, seed: UInt64
  ) throws(SolverError) {
    try self.init(.bytes([]), labels, pixels, task, seed, kept: [])
  }

  private init(
    _ storage: Pixels, _ labels: [UInt8], _ pixels: Int, _ task: Task, _ seed: UInt64,
    kept: [Int]? = nil
  ) throws(SolverError) {
    try Self.check(storage, images: kept ?? Array(labels.indices), of: pixels)
    if case .classification(let classes) = task, classes < 1 {
      throw .outOfRange(parameter: "classes", value: Double(classes), admissible: "at least 1")
    }
    if case .classification(let classes) = task, let bad = labels.first(where: { $0 >= classes }) {
      throw .unsuitable("label \(bad) among \(classes) classes; labels count from 0")
    }
    if case .reconstruction(let noise) = task, !(noise >= 0 && noise.isFinite) {
      throw .outOfRange(parameter: "noise", value: noise, admissible: "a finite number, at least 0")
    }
    (self.storage, self.labels, inputs, self.kept) = (storage, labels, pixels, kept)
    (self.task, self.seed) = (task, seed)
    indices = Array(0..<labels.count)
  }

  private init(_ other: ImageSamples, indices: [Int]) {
    (storage, labels, inputs) = (other.storage, other.labels, other.inputs)
    (task, seed, self.indices, kept) = (other.task, other.seed, indices, other.kept)
  }

  private static func check(
    _ storage: Pixels, images: [Int], of pixels: Int
  ) throws(SolverError) {
    guard pixels > 0, storage.count == pixels * images.count else {
      throw .unsuitable(
        "\(pixels > 0 ? storage.count / pixels : 0) images for \(images.count) labels; there must be "
          + "one label for each image")
    }
    if case .numbers(let numbers) = storage,
      let index = numbers.firstIndex(where: { !$0.isFinite })
    {
      throw .unsuitable(
        "image \(images[index / pixels] + 1) holds \(numbers[index]) at pixel \(index % pixels); "
          + "every number must be finite")
    }
  }

  /// Number of samples.
  public var count: Int { indices.count }

  /// Whether the images of some samples are in memory.
  public func hasImages(of samples: Range<Int>) -> Bool {
    guard let kept else { return true }
    return Set(kept).isSuperset(of: samples.map { indices[$0] })
  }

  /// How many images are in memory.
  var imagesInMemory: Int { storage.count / inputs }

  /// Numbers per target: the classes, or the pixels.
  public var targets: Int {
    if case .classification(let classes) = task { classes } else { inputs }
  }

  /// The samples with the given numbers, in that order.
  public func subset(_ samples: some Sequence<Int>) -> ImageSamples {
    ImageSamples(self, indices: samples.map { indices[$0] })
  }

  /// The images of some samples, ascending, as the source counts them.
  public func images(of samples: some Sequence<Int>) -> [Int] {
    Set(samples.map { indices[$0] }).sorted()
  }

  /// The same samples with these images in memory and no others; filling a batch with others traps.
  /// - Parameters:
  ///   - pixels: the images one after another.
  ///   - images: which they are, ascending, as ``images(of:)`` has them.
  /// - Throws: ``SolverError/unsuitable(_:)`` if that are not as many, or for a number that is not finite.
  public func holding(_ pixels: Pixels, of images: [Int]) throws(SolverError) -> ImageSamples {
    try Self.check(pixels, images: images, of: inputs)
    var samples = self
    samples.storage = pixels
    samples.kept = images.count == labels.count ? nil : images
    return samples
  }

  /// The same samples with only those of a range in memory, and hardly more; filling a batch with others may
  /// trap.
  public func keeping(only range: Range<Int>) -> ImageSamples {
    let images = images(of: range)
    let inMemory = kept?.count ?? labels.count
    guard images.count < inMemory - inMemory / 8 else { return self }
    var part = self
    part.storage = storage.images(images.map(place(ofImage:)), of: inputs)
    part.kept = images
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
            let image = indices[rows[row]]
            copyImage(place(ofImage: image), to: x + row * inputs)
            fillTarget(y + row * targets, of: image, from: x + row * inputs, visit: visit)
          }
        }
      }
    }
  }

  /// Where an image stands in memory.
  private func place(ofImage image: Int) -> Int {
    guard let kept else { return image }
    var (low, high) = (0, kept.count)
    while low < high {
      let middle = (low + high) / 2
      if kept[middle] < image { low = middle + 1 } else { high = middle }
    }
    precondition(low < kept.count && kept[low] == image, "image \(image) is not in memory")
    return low
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
    _ target: UnsafeMutablePointer<S>, of sample: Int, from input: UnsafeMutablePointer<S>,
    visit: UInt64
  ) {
    switch task {
    case .classification(let classes):
      target.update(repeating: 0, count: classes)
      target[Int(labels[sample])] = 1
    case .reconstruction(let noise):
      target.update(from: input, count: inputs)
      guard noise > 0 else { return }
      var stream = RandomStream(seed: seed, .noise, lane: visit << 32 | UInt64(sample))
      for i in 0..<inputs { input[i] += S(noise * stream.normal()) }
    }
  }
}
