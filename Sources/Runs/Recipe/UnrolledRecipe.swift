import Imaging
import Lifted

/// The keys of a network of the first steps of an algorithm. See `UnrolledNetwork`.
public struct UnrolledRecipe: Sendable, Equatable {
  /// The algorithm.
  public enum Scheme: String, Sendable, Codable, CaseIterable {
    case dualForwardBackward, inertial, accelerated, chambollePock, stronglyConvex
    case resolvent, condatVu

    /// Whether it knows of an operator.
    var takesOperator: Bool { self == .resolvent || self == .condatVu }

    /// Keys of its own with their defaults.
    fileprivate var parameters: [(key: String, value: Double)] {
      switch self {
      case .dualForwardBackward, .accelerated, .stronglyConvex: [("step", 1)]
      case .inertial: [("step", 1), ("inertia", 0.3)]
      case .chambollePock, .resolvent: [("primal", 1), ("dual", 1)]
      case .condatVu: [("primal", 1), ("dual", 0.5)]
      }
    }
  }

  /// At which picture a primal-dual scheme starts.
  public enum Start: String, Sendable, Codable, CaseIterable {
    /// At the data, `H^* y`.
    case data
    /// At `H^* y` divided by `H^* H 1`, pixel by pixel; unknown pixels by their neighbours.
    case guess
  }

  /// Whose an operator is.
  public enum Operators: String, Sendable, Codable, CaseIterable {
    /// Each step has one of its own.
    case perStep
    /// All steps have the same.
    case shared
  }

  /// The algorithm.
  public let scheme: Scheme
  /// Steps.
  public let layers: Int
  /// Output channels of `L`.
  public let features: Int
  /// Rows and columns of the kernels.
  public let kernel: Int
  /// `nu`, in units of the range [0, 1].
  public let threshold: Double
  /// The way back; `nil` for the scheme's own.
  public let synthesis: UnrolledNetwork.Synthesis?
  /// Whether steps have an operator of their own or share one.
  public let operators: Operators
  /// What the picture is clipped to after each step; `nil` for nothing.
  public let range: [Double]?
  /// At which picture a primal-dual scheme starts.
  public let start: Start
  /// What each of the scheme's own keys is, in order.
  private let values: [Double]

  init(_ reader: inout StrictReader) throws {
    let scheme: Scheme = try reader.choice("scheme") ?? .dualForwardBackward
    self.scheme = scheme
    layers = try reader.optional("layers") ?? 10
    features = try reader.optional("features") ?? 24
    kernel = try reader.optional("kernel") ?? 5
    threshold = try reader.required("threshold")
    synthesis = try reader.choice("synthesis")
    operators = try reader.choice("operators") ?? .perStep
    range = try reader.optional("range")
    start = try reader.choice("start") ?? .data
    let step: Double? = try reader.optional("step")
    let inertia: Double? = try reader.optional("inertia")
    let primal: Double? = try reader.optional("primal")
    let dual: Double? = try reader.optional("dual")
    let given = [("step", step), ("inertia", inertia), ("primal", primal), ("dual", dual)]
    for (key, value) in given
    where value != nil && !scheme.parameters.contains(where: { $0.key == key }) {
      throw reader.error(key, "the scheme \(scheme.rawValue) has no \(key); leave this key out")
    }
    values = scheme.parameters.map { parameter in
      given.first { $0.0 == parameter.key }?.1 ?? parameter.value
    }
    if let range, range.count != 2 || !(range[0] < range[1]) {
      throw reader.error("range", "expected [least, most]")
    }
    try reader.require(layers, in: 2...1000, "layers")
    try reader.require(features, in: 1...4096, "features")
    try reader.require(kernel, in: 1...99, "kernel")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(scheme, "scheme")
    try writer.write(layers, "layers")
    try writer.write(features, "features")
    try writer.write(kernel, "kernel")
    try writer.write(threshold, "threshold")
    if let synthesis { try writer.write(synthesis, "synthesis") }
    if operators != .perStep { try writer.write(operators, "operators") }
    if let range { try writer.write(range, "range") }
    if start != .data { try writer.write(start, "start") }
    for (parameter, value) in zip(scheme.parameters, values) {
      try writer.write(value, parameter.key)
    }
  }

  /// The network for pictures of given extents.
  /// - Parameters:
  ///   - image: extents of the pictures.
  ///   - map: `H`.
  ///   - scale: what the data are multiplied by, and with them the range.
  func network(
    on image: ImageShape, map: any LinearOperator, scale: Double = 1
  ) throws -> UnrolledNetwork {
    try UnrolledNetwork(
      image, features: features, kernel: kernel, layers: layers, threshold: threshold,
      scheme: try scheme(for: map), synthesis: synthesis,
      sharesSteps: operators == .shared, range: range.map { $0[0] * scale...$0[1] * scale },
      start: start == .guess ? OperatorStage.firstGuess(for: map) : nil)
  }

  private func scheme(for map: any LinearOperator) throws -> UnrolledNetwork.Scheme {
    switch scheme {
    case .dualForwardBackward: return .dualForwardBackward(step: values[0])
    case .inertial: return .inertial(step: values[0], inertia: values[1])
    case .accelerated: return .accelerated(step: values[0])
    case .chambollePock: return .chambollePock(primal: values[0], dual: values[1])
    case .stronglyConvex: return .stronglyConvex(step: values[0])
    case .resolvent:
      // Of a blur whose border is unknown, the circular one is what can be inverted.
      let (near, rest) = try map.circular
      guard let resolvent = near.resolvent(step: values[0]) else {
        throw SolverError.unsuitable(
          "this operator has no resolvent in closed form; take the scheme condatVu")
      }
      return .resolvent(
        OperatorStage(resolvent), rest: rest.map { OperatorStage($0) }, primal: values[0],
        dual: values[1])
    case .condatVu:
      return .condatVu(
        normal: OperatorStage(NormalOperator(map)), primal: values[0], dual: values[1])
    }
  }

  /// How many pixels away a pixel is felt, that of `H^* H` being given; `nil` if everywhere.
  func reach(of operatorReach: Int?) -> Int? {
    let both = kernel - 1
    switch scheme {
    case .dualForwardBackward, .inertial, .accelerated: return layers * both
    case .chambollePock, .stronglyConvex: return (layers + 1) * both
    case .resolvent where operatorReach != 0: return nil
    case .condatVu, .resolvent:
      return operatorReach.map { (layers + 1) * (both + $0) + OperatorStage.firstGuessReach }
    }
  }
}

extension LinearOperator {
  /// An operator `C` near this one, `H`, that has a resolvent, and `H^* H - C^* C`; `nil` where they are the
  /// same.
  fileprivate var circular: (near: any LinearOperator, rest: (any LinearOperator)?) {
    get throws {
      guard let blur = self as? Blur, blur.border == .valid else { return (self, nil) }
      let circular = try Blur(blur.input, kernel: blur.kernel, border: .circular)
      return (circular, Difference(NormalOperator(blur), NormalOperator(circular)))
    }
  }
}
