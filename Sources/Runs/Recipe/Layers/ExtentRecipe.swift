import Lifted

/// A height and a width in a recipe: `3`, or `[3, 5]`.
struct ExtentRecipe: Equatable, Codable {
  let extent: Extent

  init(_ extent: Extent) { self.extent = extent }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let both = try? container.decode(Int.self) {
      extent = Extent(both)
    } else if let pair = try? container.decode([Int].self), pair.count == 2 {
      extent = Extent(height: pair[0], width: pair[1])
    } else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected a whole number, or [height, width]"))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if extent.height == extent.width {
      try container.encode(extent.height)
    } else {
      try container.encode([extent.height, extent.width])
    }
  }
}

extension StrictReader {
  /// An extent whose two sides lie in a range.
  mutating func extent(
    _ value: ExtentRecipe?, in range: ClosedRange<Int>, _ key: String
  ) throws -> Extent? {
    guard let extent = value?.extent else { return nil }
    try require(extent.height, in: range, key)
    try require(extent.width, in: range, key)
    return extent
  }
}
