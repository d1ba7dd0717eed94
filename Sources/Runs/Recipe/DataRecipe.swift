import Lifted

/// Where the samples come from and how they are used.
public struct DataRecipe: Sendable, Equatable, Codable {
  /// Kinds of sources.
  public enum Source: String, Sendable, Codable, CaseIterable {
    /// Fashion-MNIST: 70 000 pictures of clothes, 28 x 28, ten classes.
    case fashionMNIST = "fashion-mnist"
    /// Any data set in the four IDX files of MNIST, in `folder`.
    case idx
    /// An NPZ file with `x_train`, `y_train`, `x_test`, `y_test`, at `folder` (the file itself).
    case npz
    /// Made on the spot, 16 x 16, six classes.
    case shapes
    /// The PNG files of a folder, for restoration.
    case pictures
    /// Pictures of leaves on the ground, made on the spot, for restoration.
    case deadLeaves = "dead-leaves"

    /// Whether it gives pictures to restore, rather than samples with labels.
    var isForRestoration: Bool { self == .pictures || self == .deadLeaves }
  }

  /// What is learned.
  public enum Task: String, Sendable, Codable, CaseIterable {
    case classification, reconstruction, restoration
  }

  /// Where samples come from.
  public let source: Source
  /// A folder (or file) to take instead of the usual places.
  public let folder: String?
  /// What is learned.
  public let task: Task
  /// Standard deviation of the noise on inputs in reconstruction and restoration, in units of the range
  /// [0, 1].
  public let noise: NoiseLevels
  /// Samples to train on; `nil` for all that are not set aside. In restoration, patches of an epoch.
  public let trainingSamples: Int?
  /// Training samples, or pictures, set aside for validation, at least 0.
  public let validationSamples: Int
  /// Test samples, or pictures; `nil` for all.
  public let testSamples: Int?
  /// The keys of restoration; `nil` in other tasks.
  public let restoration: RestorationRecipe?

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    source = try reader.requiredChoice("source")
    folder = try reader.optional("folder")
    task = try reader.choice("task") ?? .classification
    noise = try reader.optional("noise") ?? 0
    trainingSamples = try reader.optional("trainingSamples")
    validationSamples = try reader.optional("validationSamples") ?? 0
    testSamples = try reader.optional("testSamples")
    restoration = task == .restoration ? try RestorationRecipe(&reader) : nil
    try checkTask(reader)
    try reader.finish()
    try checkSource(reader)
    let most = source == .shapes ? 1_000_000 : 1 << 30
    try reader.require(trainingSamples, in: 1...most, "trainingSamples")
    try reader.require(validationSamples, in: 0...most, "validationSamples")
    try reader.require(testSamples, in: 1...most, "testSamples")
  }

  private func checkSource(_ reader: StrictReader) throws {
    if folder == nil, [.idx, .npz, .pictures].contains(source) {
      throw reader.error("folder", "this key is missing; say where the \(source.rawValue) data are")
    }
    if folder != nil, source == .shapes || source == .deadLeaves {
      throw reader.error("folder", "\(source.rawValue) are made on the spot; leave this key out")
    }
    guard source == .deadLeaves else { return }
    try reader.require(validationSamples, in: 0...Self.mostMade, "validationSamples")
    if restoration?.test == nil {
      try reader.require(testSamples, in: 1...Self.mostMade, "testSamples")
    }
  }

  /// Dead leaves are whole pictures, kept in memory.
  private static let mostMade = 10_000

  private func checkTask(_ reader: StrictReader) throws {
    switch task {
    case .classification where noise != 0:
      throw reader.error("noise", "noise is for reconstruction; set task or leave this key out")
    case .reconstruction where noise.isRange:
      throw reader.error("noise", "a range of levels is for restoration; give one number")
    case .restoration where noise.isRange && noise.least == 0:
      throw reader.error("noise", "\(noise.least) is out of range; the least level must be above 0")
    default: break
    }
    guard source.isForRestoration == (task == .restoration) else {
      throw reader.error(
        "task",
        source.isForRestoration
          ? "pictures without labels are for restoration; write task: restoration"
          : "\(source.rawValue) is not for restoration; take source: pictures or dead-leaves")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(source, "source")
    if let folder { try writer.write(folder, "folder") }
    try writer.write(task, "task")
    try writer.write(noise, "noise")
    if let trainingSamples { try writer.write(trainingSamples, "trainingSamples") }
    try writer.write(validationSamples, "validationSamples")
    if let testSamples { try writer.write(testSamples, "testSamples") }
    try restoration?.write(to: &writer)
  }
}

extension DataRecipe {
  /// Rows and columns of a picture, for sources of which they are known.
  var pictureShape: [Int]? {
    switch source {
    case .fashionMNIST: folder == nil ? [28, 28] : nil
    case .shapes: [ShapeImages.side, ShapeImages.side]
    case .pictures, .deadLeaves: restoration.map { [$0.patch, $0.patch] }
    case .idx, .npz: nil
    }
  }
}
