import Foundation
import Lifted
import Proximal
import Tensors

/// What is known of the unknown before it is measured, as a recipe names it: `tv`,
/// `{name: tgv, ratio: 2}`, or a list of them for their sum, `[tv, {name: box, lower: 0, upper: 1}]`.
public enum RegulariserChoice: Sendable, Equatable {
  /// `1/2 ||u||^2`.
  case tikhonov
  /// `||u||_1`.
  case l1
  /// `lower <= u <= upper`, one of them possibly infinite.
  case box(lower: Double, upper: Double)
  /// Total variation of a signal or a picture; channels may share one norm.
  case totalVariation(isIsotropic: Bool, couplesChannels: Bool)
  /// Total generalised variation of second order; `ratio` is `alpha_0 / alpha_1`.
  case generalisedVariation(ratio: Double)
  /// The l1 norm of orthonormal wavelet coefficients.
  case wavelet(family: Family, levels: Int)
  /// A denoiser in place of the proximal map: that of a run of denoising, in the folder `run`.
  case denoiser(run: String, strength: Double)
  /// The sum of several, each with its weight.
  case sum([Term])

  /// One term of a sum.
  public struct Term: Sendable, Equatable {
    /// Its factor, `> 0`.
    public let weight: Double
    /// What it is; no sum.
    public let choice: RegulariserChoice
  }

  /// The wavelets there are.
  public enum Family: String, Sendable, Codable, CaseIterable {
    case haar, daubechies4
  }

  private enum Name: String, CaseIterable {
    case tikhonov, l1, box, nonnegative, tv, tgv, wavelet, denoiser
  }

  /// The prior for unknowns of given extents; signals are pictures of height 1.
  /// - Throws: `ProximalError` for a parameter out of range, or extents that it does not take; an error
  ///   of one line for a denoiser that cannot be had.
  public func make(on shape: ImageShape) throws -> any Prior {
    guard case .denoiser(let run, let strength) = self else { return try regulariser(on: shape) }
    let folder = try RunFolder.open(URL(fileURLWithPath: run))
    let recipe = try Recipe(named: folder.recipe.relativePath)
    let theta = try WeightFile.read(from: folder.bestWeights, for: recipe.likeness())
    let prior = try PlugAndPlay(
      try NetworkDenoiser(recipe, theta, height: shape.height, width: shape.width),
      strength: strength)
    try prior.check(columns: shape.count)
    return prior
  }

  private func regulariser(on shape: ImageShape) throws(ProximalError) -> any Regulariser {
    let made: any Regulariser =
      switch self {
      case .tikhonov: Tikhonov()
      case .l1: L1Norm()
      case .box(let lower, .infinity): try Box(lower...)
      case .box(let lower, let upper): Box(lower...upper)
      case .totalVariation(let isIsotropic, let couples):
        TotalVariation(
          shape, isIsotropic ? .isotropic : .anisotropic, channels: couples ? .coupled : .separate)
      case .generalisedVariation(let ratio):
        try TotalGeneralisedVariation(shape, alpha1: 1, alpha0: ratio)
      case .wavelet(let family, let levels):
        try WaveletNorm(shape, family == .haar ? .haar : .daubechies4, levels: levels)
      case .sum(let terms): try Self.sum(terms, on: shape)
      case .denoiser: preconditionFailure("a denoiser is a prior, and no term of a sum")
      }
    try made.check(columns: shape.count)
    return made
  }

  private static func sum(
    _ terms: [Term], on shape: ImageShape
  ) throws(ProximalError) -> any Regulariser {
    var made: [RegulariserSum.Term] = []
    // The first with a closed form stays whole: a set is then kept exactly.
    for term in terms.filter(\.choice.isSet) + terms.filter({ !$0.choice.isSet }) {
      made.append(try RegulariserSum.Term(term.weight, term.choice.regulariser(on: shape)))
    }
    return try RegulariserSum(made, columns: shape.count)
  }

  /// Whether it only says where the unknown may be.
  private var isSet: Bool { if case .box = self { true } else { false } }
}

extension RegulariserChoice: Codable {
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      try self.init(plain: name, decoder)
      return
    }
    guard var reader = try? StrictReader(decoder) else {
      let terms = try decoder.singleValueContainer().decode([Term].self)
      guard terms.count > 1 else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "a sum has at least two terms; for one write it without brackets"))
      }
      self = .sum(terms)
      return
    }
    try self.init(&reader)
    try reader.finish()
  }

  private init(plain word: String, _ decoder: any Decoder) throws {
    func refuse(_ problem: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
    }
    guard let name = Name(rawValue: word) else {
      let names = Name.allCases.map(\.rawValue)
      throw refuse("'\(word)' is not known\(StrictReader.suggestion(for: word, among: names))")
    }
    switch name {
    case .tikhonov: self = .tikhonov
    case .l1: self = .l1
    case .nonnegative: self = .box(lower: 0, upper: .infinity)
    case .tv: self = .totalVariation(isIsotropic: true, couplesChannels: false)
    case .tgv: self = .generalisedVariation(ratio: 2)
    case .box, .wavelet, .denoiser:
      throw refuse("'\(word)' has parameters; write {name: \(word), …}; see the recipe reference")
    }
  }

  private init(_ reader: inout StrictReader) throws {
    switch try reader.requiredChoice("name", as: Name.self) {
    case .tikhonov: self = .tikhonov
    case .l1: self = .l1
    case .nonnegative: self = .box(lower: 0, upper: .infinity)
    case .box:
      let (lower, upper): (Double, Double?) = (
        try reader.required("lower"), try reader.optional("upper")
      )
      self = .box(lower: lower, upper: upper ?? .infinity)
      guard lower.isFinite, (upper ?? .infinity) >= lower, upper?.isFinite != false else {
        throw reader.error("upper", "the ends are finite numbers, the lower one first")
      }
    case .tv:
      self = .totalVariation(
        isIsotropic: try reader.optional("isotropic") ?? true,
        couplesChannels: try reader.optional("coupled") ?? false)
    case .tgv:
      let ratio = try reader.optional("ratio") ?? 2.0
      try reader.requirePositive(ratio, "ratio")
      self = .generalisedVariation(ratio: ratio)
    case .wavelet:
      let levels: Int = try reader.required("levels")
      try reader.require(levels, in: 1...20, "levels")
      self = .wavelet(family: try reader.choice("family") ?? .haar, levels: levels)
    case .denoiser:
      let strength = try reader.optional("strength") ?? 1.0
      try reader.requirePositive(strength, "strength")
      self = .denoiser(run: try reader.required("run"), strength: strength)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if case .sum(let terms) = self {
      var container = encoder.singleValueContainer()
      return try container.encode(terms)
    }
    var writer = RecipeWriter(encoder)
    try write(to: &writer)
  }

  fileprivate func write(to writer: inout RecipeWriter) throws {
    func name(_ name: Name) throws { try writer.write(name.rawValue, "name") }
    switch self {
    case .tikhonov: try name(.tikhonov)
    case .l1: try name(.l1)
    case .box(let lower, let upper):
      try name(.box)
      try writer.write(lower, "lower")
      if upper.isFinite { try writer.write(upper, "upper") }
    case .totalVariation(let isIsotropic, let couples):
      try name(.tv)
      try writer.write(isIsotropic, "isotropic")
      try writer.write(couples, "coupled")
    case .generalisedVariation(let ratio):
      try name(.tgv)
      try writer.write(ratio, "ratio")
    case .wavelet(let family, let levels):
      try name(.wavelet)
      try writer.write(family, "family")
      try writer.write(levels, "levels")
    case .denoiser(let run, let strength):
      try name(.denoiser)
      try writer.write(run, "run")
      try writer.write(strength, "strength")
    case .sum: break
    }
  }
}

extension RegulariserChoice.Term: Codable {
  public init(from decoder: any Decoder) throws {
    if let choice = try? decoder.singleValueContainer().decode(String.self), !choice.isEmpty {
      self.init(weight: 1, choice: try RegulariserChoice(from: decoder))
      return
    }
    var reader = try StrictReader(decoder)
    let weight = try reader.optional("weight") ?? 1.0
    try reader.requirePositive(weight, "weight")
    self.init(weight: weight, choice: try RegulariserChoice(&reader))
    if case .denoiser = choice {
      throw reader.error(
        "name", "a denoiser has no value and cannot be added to others; give it alone")
    }
    try reader.finish()
  }

  public func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    try writer.write(weight, "weight")
    try choice.write(to: &writer)
  }
}
