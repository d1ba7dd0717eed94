import Lifted

/// `{batchNormalisation: true, activation: relu}`. See `BatchNormalisation`.
struct BatchNormalisationRule: StageRule {
  static let word = "batchNormalisation"
  let epsilon: Double

  init(_ reader: inout StrictReader) throws {
    let isWanted: Bool = try reader.required("batchNormalisation")
    guard isWanted else {
      throw reader.error("batchNormalisation", "write true, or leave the layer out")
    }
    epsilon = try reader.optional("epsilon") ?? 0.00001
    let epsilon = epsilon
    _ = try reader.checked { try BatchNormalisation(1, epsilon: epsilon) }
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(true, "batchNormalisation")
    try writer.write(epsilon, "epsilon")
  }

  func make(on input: LayerInput) throws(SolverError) -> any AffineStage {
    switch input {
    case .image(let image): try BatchNormalisation(image, epsilon: epsilon)
    case .row(let count): try BatchNormalisation(count, epsilon: epsilon)
    }
  }
}
