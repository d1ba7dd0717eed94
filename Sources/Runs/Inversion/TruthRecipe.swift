/// Unknowns that are known, to measure and to compare with: a file, or made on the spot.
public struct TruthRecipe: Sendable, Equatable {
  /// Where they are from.
  public enum Source: String, Sendable, Codable, CaseIterable {
    /// An NPY file, or a PNG picture.
    case file
    /// Dead leaves of the unknown's extents.
    case deadLeaves = "dead-leaves"
    /// A few flat shapes on a flat ground.
    case phantom
    /// Test pictures of Fashion-MNIST.
    case fashionMNIST = "fashion-mnist"
    /// Numbers evenly spaced from `lower` to `upper`.
    case grid
    /// Standard normal numbers.
    case normal
  }

  /// Where they are from.
  public let source: Source
  /// The file, or the folder of Fashion-MNIST where it is not in the usual places.
  public let path: String?
  /// How many; for a file the first so many, or all.
  public let count: Int?
  /// The ends of a grid.
  public let range: ClosedRange<Double>

  init(
    _ source: Source, path: String? = nil, count: Int? = nil, range: ClosedRange<Double> = 0...1
  ) {
    (self.source, self.path, self.count, self.range) = (source, path, count, range)
  }
}

extension TruthRecipe: Codable {
  public init(from decoder: any Decoder) throws {
    if let path = try? decoder.singleValueContainer().decode(String.self) {
      self.init(.file, path: path)
      return
    }
    var reader = try StrictReader(decoder)
    let source: Source = try reader.requiredChoice("source")
    let path: String? =
      switch source {
      case .file: try reader.required("file")
      case .fashionMNIST: try reader.optional("folder")
      default: nil
      }
    let count: Int? = try reader.optional("count")
    try reader.require(count, in: 1...1_000_000, "count")
    var range = 0.0...1.0
    if source == .grid {
      range = try Self.range(
        &reader, try reader.required("lower"), try reader.required("upper"))
    }
    try reader.finish()
    self.init(source, path: path, count: count, range: range)
  }

  private static func range(
    _ reader: inout StrictReader, _ lower: Double, _ upper: Double
  ) throws -> ClosedRange<Double> {
    guard lower.isFinite, upper.isFinite, lower <= upper else {
      throw reader.error("lower", "the ends are finite numbers, the lower one first")
    }
    return lower...upper
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(source, "source")
    if let path { try writer.write(path, source == .file ? "file" : "folder") }
    if let count { try writer.write(count, "count") }
    if source == .grid {
      try writer.write(range.lowerBound, "lower")
      try writer.write(range.upperBound, "upper")
    }
  }
}
