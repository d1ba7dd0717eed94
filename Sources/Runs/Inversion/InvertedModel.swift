/// The network that a recipe inverts: `encoder.onnx`, `{file: runs/x, layers: 6}`,
/// `{network: [{width: 512, activation: relu}], inputs: [1, 64, 64], weights: normal}`, or the networks of
/// the literature that are built of formulas.
public enum InvertedModel: Sendable, Equatable {
  /// A file or run folder that `TrainedModel` opens; of it the first `layers` layers, or all.
  case file(String, layers: Int?)
  /// Layers with random weights, on unknowns of given extents.
  case random([LayerRecipe], inputs: [Int], Weights, shift: Double)
  /// `u_k = u_{k-1} + W_k^T sigma(W_k u_{k-1} + b_k)` with random `W_k` of a given norm.
  case monotoneResidual(width: Int, blocks: Int, norm: Double, ActivationChoice)
  /// `N(u) = sum_j c_j max(u - (j - 1) h, 0)`, `c` such that `N` interpolates `u^3 + u` at multiples of `h`.
  case shallow(units: Int, spacing: Double)

  /// How random weights are drawn.
  public enum Weights: String, Sendable, Codable, CaseIterable {
    /// Weights and offsets independent standard normal numbers, the offsets moved by the shift.
    case normal
    /// Weights as He et al. initialise them, offsets zero.
    case he
  }
}

extension InvertedModel: Codable {
  public init(from decoder: any Decoder) throws {
    if let path = try? decoder.singleValueContainer().decode(String.self) {
      self = .file(path, layers: nil)
      return
    }
    var reader = try StrictReader(decoder)
    let keys = ["file", "network", "monotoneResidual", "shallow"]
    let given = keys.filter { reader.has($0) }
    guard given.count == 1 else {
      throw reader.error(
        nil, "a model has exactly one of these keys: \(keys.joined(separator: ", "))")
    }
    switch given[0] {
    case "file":
      let layers: Int? = try reader.optional("layers")
      try reader.require(layers, in: 1...10_000, "layers")
      self = .file(try reader.required("file"), layers: layers)
    case "network": self = try Self.random(&reader)
    case "monotoneResidual": self = try reader.required("monotoneResidual", as: Residual.self).model
    default: self = try reader.required("shallow", as: Shallow.self).model
    }
    try reader.finish()
  }

  private static func random(_ reader: inout StrictReader) throws -> InvertedModel {
    let inputs: [Int] = try reader.required("inputs")
    try reader.requireExtents(inputs, "inputs")
    let shift = try reader.optional("shift") ?? 0.0
    guard shift.isFinite else { throw reader.error("shift", "it must be a finite number") }
    let layers: [LayerRecipe] = try reader.required("network")
    _ = try reader.checked("network") { try layers.network(on: LayerInput(picture: inputs)) }
    return .random(layers, inputs: inputs, try reader.choice("weights") ?? .normal, shift: shift)
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    switch self {
    case .file(let path, let layers):
      try writer.write(path, "file")
      if let layers { try writer.write(layers, "layers") }
    case .random(let layers, let inputs, let weights, let shift):
      try writer.write(layers, "network")
      try writer.write(inputs, "inputs")
      try writer.write(weights, "weights")
      try writer.write(shift, "shift")
    case .monotoneResidual: try writer.write(Residual(model: self), "monotoneResidual")
    case .shallow: try writer.write(Shallow(model: self), "shallow")
    }
  }

  /// The group below `monotoneResidual:`.
  private struct Residual: Codable {
    let model: InvertedModel

    init(model: InvertedModel) { self.model = model }

    init(from decoder: any Decoder) throws {
      var reader = try StrictReader(decoder)
      let (width, blocks): (Int, Int) = (
        try reader.required("width"), try reader.required("blocks")
      )
      try reader.require(width, in: 1...4096, "width")
      try reader.require(blocks, in: 1...1000, "blocks")
      let norm = try reader.optional("norm") ?? 0.5
      try reader.requirePositive(norm, "norm")
      model = .monotoneResidual(
        width: width, blocks: blocks, norm: norm, try reader.optional("activation") ?? .relu)
      try reader.finish()
    }

    func encode(to encoder: any Encoder) throws {
      guard case .monotoneResidual(let width, let blocks, let norm, let activation) = model else {
        return
      }
      var writer = RecipeWriter(encoder)
      try writer.write(width, "width")
      try writer.write(blocks, "blocks")
      try writer.write(norm, "norm")
      try writer.write(activation, "activation")
    }
  }

  /// The group below `shallow:`.
  private struct Shallow: Codable {
    let model: InvertedModel

    init(model: InvertedModel) { self.model = model }

    init(from decoder: any Decoder) throws {
      var reader = try StrictReader(decoder)
      let units = try reader.optional("units") ?? 25
      try reader.require(units, in: 2...10_000, "units")
      let spacing = try reader.optional("spacing") ?? 0.06
      try reader.requirePositive(spacing, "spacing")
      model = .shallow(units: units, spacing: spacing)
      try reader.finish()
    }

    func encode(to encoder: any Encoder) throws {
      guard case .shallow(let units, let spacing) = model else { return }
      var writer = RecipeWriter(encoder)
      try writer.write(units, "units")
      try writer.write(spacing, "spacing")
    }
  }
}

extension StrictReader {
  /// Refuses extents that no picture and no row of numbers has.
  func requireExtents(_ extents: [Int], _ key: String) throws {
    let isCounted =
      [1, 3].contains(extents.count) && extents.allSatisfy { (1...65_536).contains($0) }
    guard isCounted, extents.reduce(1, *) <= 1 << 24 else {
      throw error(
        key, "\(extents) are no extents; give [channels, rows, columns], or [numbers] for a row")
    }
  }
}
