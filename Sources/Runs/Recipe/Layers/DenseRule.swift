import Lifted
import Tensors

/// `{width: 256, activation: relu}`: all numbers to all; `{width: [64, 7, 7], activation: relu}` where
/// they are an image for the next layer. See `Dense`.
struct DenseRule: StageRule {
  static let word = "width"
  let width: Int
  /// What the numbers that go out are an image of.
  let image: ImageShape?

  init(_ reader: inout StrictReader) throws {
    let size: Size = try reader.required("width")
    try reader.require(size.count, in: 1...1 << 20, "width")
    (width, image) = (size.count, size.image)
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(image.map(Size.init) ?? Size(count: width), "width")
  }

  func make(on input: LayerInput) throws(SolverError) -> any AffineStage {
    try Dense(input.count, width)
  }

  func output(of stage: any AffineStage) -> LayerInput { image.map { .image($0) } ?? .row(width) }

  /// A number, or channels, height and width.
  private struct Size: Codable {
    let count: Int
    let image: ImageShape?

    init(count: Int) { (self.count, image) = (count, nil) }
    init(_ image: ImageShape) { (count, self.image) = (image.count, image) }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let count = try? container.decode(Int.self) {
        self.init(count: count)
        return
      }
      guard let sides = try? container.decode([Int].self), sides.count == 3,
        let image = try? ImageShape(channels: sides[0], height: sides[1], width: sides[2])
      else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "expected a whole number, or [channels, height, width]"))
      }
      self.init(image)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let image {
        try container.encode(image.extents)
      } else {
        try container.encode(count)
      }
    }
  }
}
