import Imaging
import Lifted
import Yams

/// What pictures go through before the noise, as a recipe names it: `none`, or
/// `{name: blur, size: 9, deviation: 1.6}`.
public enum OperatorChoice: Sendable, Equatable {
  /// Nothing: denoising.
  case none
  /// A Gaussian blur of so many pixels and so large a standard deviation: deblurring.
  case blur(size: Int, deviation: Double, border: Blur.Border)
  /// Pixels left out: inpainting.
  case mask(pattern: Pattern, known: Double)
  /// Means of blocks of `factor x factor` pixels: super-resolution.
  case downsample(factor: Int)

  /// Which pixels a mask leaves out.
  public enum Pattern: String, Sendable, Codable, CaseIterable {
    /// Pixels at random.
    case random
    /// Whole rows at random.
    case rows
    /// Lines of writing.
    case text
  }

  private enum Name: String, CaseIterable { case none, blur, mask, downsample }

  private var name: Name {
    switch self {
    case .none: .none
    case .blur: .blur
    case .mask: .mask
    case .downsample: .downsample
    }
  }

  /// An operator written as in a recipe.
  /// - Throws: ``RecipeError``.
  public init(yaml: String) throws(RecipeError) {
    let source = "operator '\(yaml)'"
    self = try RecipeText.decode(from: Node(yaml: yaml, source: source), source: source)
  }

  /// The operator on pictures of given extents. Block means are multiplied by the factor, so that every
  /// norm is 1 or less.
  /// - Parameters:
  ///   - shape: extents of the pictures.
  ///   - seed: root of the random masks.
  ///   - picture: tells masks of one seed apart.
  /// - Throws: `ImagingError` where it does not go with the extents.
  public func map(
    on shape: ImageShape, seed: UInt64, picture: Int = 0
  ) throws(ImagingError) -> any LinearOperator {
    switch self {
    case .none: return IdentityOperator(shape)
    case .blur(let size, let deviation, let border):
      let kernel = try BlurKernel.gaussian(size: size, standardDeviation: deviation)
      return try Blur(shape, kernel: kernel, border: border)
    case .mask(let pattern, let known):
      // The highest bit tells masks from pictures that are made up.
      var stream = RandomStream(seed: seed, .synthesis, lane: 3 << 62 | UInt64(picture))
      let mask =
        switch pattern {
        case .random:
          try PixelMask.random(
            height: shape.height, width: shape.width, fraction: known, from: &stream)
        case .rows:
          try PixelMask.rows(
            height: shape.height, width: shape.width, fraction: known, from: &stream)
        case .text: try PixelMask.text(height: shape.height, width: shape.width, from: &stream)
        }
      return try Mask(shape, keeping: mask)
    case .downsample(let factor):
      return Scaled(try BlockAverage(shape, factor: factor), by: Double(factor))
    }
  }

  /// Whether the operator is the identity.
  var isNone: Bool { self == .none }

  /// Whether pixels are left out.
  public var hasMask: Bool { if case .mask = self { true } else { false } }

  /// Pixels that rows and columns must be multiples of.
  public var block: Int { if case .downsample(let factor) = self { factor } else { 1 } }

  /// How many pixels away a pixel is felt under `A^* A`; `nil` if everywhere, or if pictures cannot be
  /// cut anywhere.
  var reach: Int? {
    switch self {
    case .none, .mask: 0
    case .blur(let size, _, .valid): size - 1
    case .blur(_, _, .circular), .downsample: nil
    }
  }
}

extension OperatorChoice: Codable {
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == Name.none.rawValue else {
        let known = Name(rawValue: word) != nil
        let names = Name.allCases.map(\.rawValue)
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: known
              ? "'\(word)' has parameters; write {name: \(word), …}; see the recipe reference"
              : "'\(word)' is not known\(StrictReader.suggestion(for: word, among: names))"))
      }
      self = .none
      return
    }
    var reader = try StrictReader(decoder)
    switch try reader.requiredChoice("name", as: Name.self) {
    case .none: self = .none
    case .blur: self = try Self.blur(&reader)
    case .mask: self = try Self.mask(&reader)
    case .downsample:
      let factor: Int = try reader.required("factor")
      try reader.require(factor, in: 2...64, "factor")
      self = .downsample(factor: factor)
    }
    try reader.finish()
  }

  private static func blur(_ reader: inout StrictReader) throws -> OperatorChoice {
    let size: Int = try reader.required("size")
    let deviation: Double = try reader.required("deviation")
    let border: Blur.Border = try reader.choice("border") ?? .valid
    try reader.require(size, in: 1...255, "size")
    _ = try reader.checked { try BlurKernel.gaussian(size: size, standardDeviation: deviation) }
    return .blur(size: size, deviation: deviation, border: border)
  }

  private static func mask(_ reader: inout StrictReader) throws -> OperatorChoice {
    let pattern: Pattern = try reader.choice("pattern") ?? .random
    guard pattern != .text else { return .mask(pattern: .text, known: 1) }
    let known: Double = try reader.required("known")
    guard known > 0, known <= 1 else {
      throw reader.error("known", "\(known) is out of range; it must be above 0 and at most 1")
    }
    return .mask(pattern: pattern, known: known)
  }

  public func encode(to encoder: any Encoder) throws {
    guard self != .none else {
      var container = encoder.singleValueContainer()
      return try container.encode(Name.none.rawValue)
    }
    var writer = RecipeWriter(encoder)
    try writer.write(name.rawValue, "name")
    switch self {
    case .none: break
    case .blur(let size, let deviation, let border):
      try writer.write(size, "size")
      try writer.write(deviation, "deviation")
      try writer.write(border, "border")
    case .mask(let pattern, let known):
      try writer.write(pattern, "pattern")
      if pattern != .text { try writer.write(known, "known") }
    case .downsample(let factor): try writer.write(factor, "factor")
    }
  }
}
