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
  }

  /// What is learned.
  public enum Task: String, Sendable, Codable, CaseIterable { case classification, reconstruction }

  /// Where samples come from.
  public let source: Source
  /// A folder (or file) to take instead of the usual places.
  public let folder: String?
  /// What is learned.
  public let task: Task
  /// Standard deviation of the noise on inputs in reconstruction, in units of the range [0, 1].
  public let noise: Double
  /// Samples to train on; `nil` for all that are not set aside.
  public let trainingSamples: Int?
  /// Training samples set aside for validation, at least 0.
  public let validationSamples: Int
  /// Test samples; `nil` for all.
  public let testSamples: Int?

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    source = try reader.requiredChoice("source")
    folder = try reader.optional("folder")
    task = try reader.choice("task") ?? .classification
    noise = try reader.optional("noise") ?? 0
    trainingSamples = try reader.optional("trainingSamples")
    validationSamples = try reader.optional("validationSamples") ?? 0
    testSamples = try reader.optional("testSamples")
    try reader.finish()
    if folder == nil, source == .idx || source == .npz {
      throw reader.error("folder", "this key is missing; say where the \(source.rawValue) data are")
    }
    guard noise >= 0, noise.isFinite else {
      throw reader.error(
        "noise", "\(noise) is out of range; it must be a finite number, at least 0")
    }
    if folder != nil, source == .shapes {
      throw reader.error("folder", "shapes are made on the spot; leave this key out")
    }
    if noise != 0, task == .classification {
      throw reader.error("noise", "noise is for reconstruction; set task or leave this key out")
    }
    let most = source == .shapes ? 1_000_000 : 1 << 30
    try reader.require(trainingSamples, in: 1...most, "trainingSamples")
    try reader.require(validationSamples, in: 0...most, "validationSamples")
    try reader.require(testSamples, in: 1...most, "testSamples")
  }
}

extension DataRecipe {
  /// Rows and columns of a picture, for sources of which they are known.
  var pictureShape: [Int]? {
    switch source {
    case .fashionMNIST: folder == nil ? [28, 28] : nil
    case .shapes: [ShapeImages.side, ShapeImages.side]
    case .idx, .npz: nil
    }
  }
}
