/// Where an inversion starts, as a recipe writes it: `zero`, `adjoint`, `decoder`, `{decoder: FILE}`, or
/// `{file: FILE}`.
public enum StartRecipe: Sendable, Equatable {
  /// All numbers 0.
  case zero
  /// The layers' adjoints, one after another, of the measurement.
  case adjoint
  /// What the layers of the model's file that follow the inverted ones make of the measurement: those of an
  /// auto-encoder after its code.
  case rest
  /// What another model makes of the measurement.
  case decoder(String)
  /// The rows of an NPY file.
  case file(String)

  private static let words: [(String, StartRecipe)] = [
    ("zero", .zero), ("adjoint", .adjoint), ("decoder", .rest),
  ]

}

extension StartRecipe: Codable {
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard let start = Self.words.first(where: { $0.0 == word })?.1 else {
        let words = Self.words.map(\.0)
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription:
              "'\(word)' is not known\(StrictReader.suggestion(for: word, among: words)); a file is "
              + "written {file: …}"))
      }
      self = start
      return
    }
    var reader = try StrictReader(decoder)
    let (decoder, file): (String?, String?) = (
      try reader.optional("decoder"), try reader.optional("file")
    )
    try reader.finish()
    switch (decoder, file) {
    case (let decoder?, nil): self = .decoder(decoder)
    case (nil, let file?): self = .file(file)
    default: throw reader.error(nil, "give either 'decoder' or 'file'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if let word = Self.words.first(where: { $0.1 == self })?.0 {
      var container = encoder.singleValueContainer()
      return try container.encode(word)
    }
    var writer = RecipeWriter(encoder)
    switch self {
    case .decoder(let path): try writer.write(path, "decoder")
    case .file(let path): try writer.write(path, "file")
    case .zero, .adjoint, .rest: break
    }
  }
}
