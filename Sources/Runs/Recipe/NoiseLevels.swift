/// Standard deviations of noise, as a recipe writes them: `0.1`, or `[0.02, 0.2]` for one between two.
public struct NoiseLevels: Sendable, Equatable, ExpressibleByIntegerLiteral {
  /// The least.
  public let least: Double
  /// The greatest.
  public let most: Double

  /// Levels from the least to the most.
  public init(_ least: Double, _ most: Double) { (self.least, self.most) = (least, most) }

  /// A single level.
  public init(integerLiteral value: Int) { self.init(Double(value), Double(value)) }

  /// Whether there is more than one.
  public var isRange: Bool { least < most }
}

extension NoiseLevels: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let numbers: [Double]
    if let one = try? container.decode(Double.self) {
      numbers = [one, one]
    } else {
      numbers = (try? container.decode([Double].self)) ?? []
    }
    guard numbers.count == 2 else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected a number, or [least, most]"))
    }
    guard numbers.allSatisfy(\.isFinite), numbers[0] >= 0, numbers[0] <= numbers[1] else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription:
            "\(numbers[0] == numbers[1] ? "\(numbers[0])" : "\(numbers)") is out of range; levels are "
            + "finite numbers, at least 0, the least first"))
    }
    self.init(numbers[0], numbers[1])
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if isRange { try container.encode([least, most]) } else { try container.encode(most) }
  }
}
