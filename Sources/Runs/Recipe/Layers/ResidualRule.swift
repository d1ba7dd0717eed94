import Lifted

/// `{residual: 64, activation: relu}`: `u + V sigma(W u + b)` with so many hidden units, two layers of the
/// network. `back` says what `V` is. See `residual(_:hidden:_:)`, `tiedResidual(_:_:)`.
///
/// Free weights `V` start at zero, those of `V = W^T` at a tenth, so that a deep network starts as, or near,
/// a shallow one.
///
/// Source: Goyal et al., arXiv 1706.02677, for blocks that start as the identity.
struct ResidualRule: LayerRule {
  /// What leads back from the branch.
  enum Back: String, Sendable, Codable, CaseIterable {
    /// A dense layer of its own, with an offset.
    case free
    /// `V = I`, for as many hidden units as inputs.
    case identity
    /// `V = W^T`.
    case adjoint
  }

  static let word = "residual"
  /// Hidden units.
  let hidden: Int
  /// What leads back.
  let back: Back
  var parts: [LayerPart] {
    [
      LayerPart(word: "branch ", start: back == .adjoint ? 0.1 : 1),
      LayerPart(word: "sum ", start: back == .free ? 0 : 1),
    ]
  }

  init(_ reader: inout StrictReader) throws {
    hidden = try reader.required("residual")
    try reader.require(hidden, in: 1...1 << 20, "residual")
    back = try reader.choice("back") ?? .free
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(hidden, "residual")
    if back != .free { try writer.write(back, "back") }
  }

  func layers(
    on input: LayerInput, _ activation: any Activation, regulariser: (any LayerRegulariser)?,
    isTrainable: Bool
  ) throws -> [Layer] {
    guard regulariser == nil else {
      throw SolverError.unsuitable("a residual block takes no l1; leave it out")
    }
    guard back != .identity || hidden == input.count else {
      throw SolverError.unsuitable(
        "back: identity needs as many hidden units as the block has inputs, \(input.count), not "
          + "\(hidden)")
    }
    let branch = try Dense(input.count, hidden)
    let block =
      switch back {
      case .free: try residual(branch, activation, back: try Dense(hidden, input.count))
      case .identity: try residual(branch, activation, back: try Pass(hidden))
      case .adjoint: try tiedResidual(branch, activation)
      }
    return block.map { $0.trainable(isTrainable) }
  }
}
