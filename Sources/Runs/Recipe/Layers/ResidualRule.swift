import Lifted

/// `{residual: 64, activation: relu}`: `u + V sigma(W u + b) + c` with so many hidden units, two layers of
/// the network. `V` starts at zero, so that a deep network starts as a shallow one. See
/// `residual(_:hidden:_:)`.
///
/// Source: Goyal et al., arXiv 1706.02677, for blocks that start as the identity.
struct ResidualRule: LayerRule {
  static let word = "residual"
  /// Hidden units.
  let hidden: Int
  var parts: [LayerPart] {
    [
      LayerPart(word: "branch ", startsAtZero: false), LayerPart(word: "sum ", startsAtZero: true),
    ]
  }

  init(_ reader: inout StrictReader) throws {
    hidden = try reader.required("residual")
    try reader.require(hidden, in: 1...1 << 20, "residual")
  }

  func write(to writer: inout RecipeWriter) throws { try writer.write(hidden, "residual") }

  func layers(
    on input: LayerInput, _ activation: any Activation, regulariser: (any LayerRegulariser)?,
    isTrainable: Bool
  ) throws -> [Layer] {
    guard regulariser == nil else {
      throw SolverError.unsuitable("a residual block takes no l1; leave it out")
    }
    return try residual(input.count, hidden: hidden, activation).map { $0.trainable(isTrainable) }
  }
}
