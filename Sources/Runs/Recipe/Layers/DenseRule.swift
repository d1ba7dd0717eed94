import Lifted

/// `{width: 256, activation: relu}`: all numbers to all. See `Dense`.
struct DenseRule: StageRule {
  static let word = "width"
  let width: Int

  init(_ reader: inout StrictReader) throws {
    width = try reader.required("width")
    try reader.require(width, in: 1...1 << 20, "width")
  }

  func write(to writer: inout RecipeWriter) throws { try writer.write(width, "width") }

  func make(on input: LayerInput) throws(SolverError) -> any AffineStage {
    try Dense(input.count, width)
  }
}
