import Lifted

/// A weight update as a recipe states it: `{rule: adam, stepSize: 0.001}`.
public enum UpdateRecipe: Sendable, Equatable {
  case gradient(stepSize: Double)
  case momentum(stepSize: Double, decay: Double)
  case adam(stepSize: Double, firstDecay: Double, secondDecay: Double, epsilon: Double)
  case implicit(tau: Double, relaxation: Double)

  enum Rule: String, CaseIterable { case gradient, momentum, adam, implicit }

  /// The update.
  /// - Throws: `SolverError` for a parameter out of range.
  public func make() throws(SolverError) -> any WeightUpdate {
    switch self {
    case .gradient(let stepSize): try GradientStep(stepSize: stepSize)
    case .momentum(let stepSize, let decay): try Momentum(stepSize: stepSize, decay: decay)
    case .adam(let stepSize, let first, let second, let epsilon):
      try Adam(stepSize: stepSize, firstDecay: first, secondDecay: second, epsilon: epsilon)
    case .implicit(let tau, let relaxation): try ImplicitStep(tau: tau, relaxation: relaxation)
    }
  }

  /// A few words for tables.
  var name: String {
    switch self {
    case .gradient: "gradient"
    case .momentum: "momentum"
    case .adam: "Adam"
    case .implicit(let tau, _): "implicit (tau \(tau))"
    }
  }
}

extension UpdateRecipe: Codable {
  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    guard let rule: Rule = try reader.choice("rule") else {
      throw reader.error("rule", "this key is missing; one of: gradient, momentum, adam, implicit")
    }
    switch rule {
    case .gradient: self = .gradient(stepSize: try reader.required("stepSize"))
    case .momentum:
      self = .momentum(
        stepSize: try reader.required("stepSize"), decay: try reader.optional("decay") ?? 0.9)
    case .adam:
      self = .adam(
        stepSize: try reader.optional("stepSize") ?? 1e-3,
        firstDecay: try reader.optional("firstDecay") ?? 0.9,
        secondDecay: try reader.optional("secondDecay") ?? 0.999,
        epsilon: try reader.optional("epsilon") ?? 1e-8)
    case .implicit:
      self = .implicit(
        tau: try reader.required("tau"), relaxation: try reader.optional("relaxation") ?? 1)
    }
    try reader.finish()
    let update = self
    _ = try reader.checked { try update.make() }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictReader.Key.self)
    func write(_ rule: Rule, _ values: [(String, Double)]) throws {
      try container.encode(rule.rawValue, forKey: .init(stringValue: "rule"))
      for (key, value) in values { try container.encode(value, forKey: .init(stringValue: key)) }
    }
    switch self {
    case .gradient(let stepSize): try write(.gradient, [("stepSize", stepSize)])
    case .momentum(let stepSize, let decay):
      try write(.momentum, [("stepSize", stepSize), ("decay", decay)])
    case .adam(let stepSize, let first, let second, let epsilon):
      try write(
        .adam,
        [
          ("stepSize", stepSize), ("firstDecay", first), ("secondDecay", second),
          ("epsilon", epsilon),
        ])
    case .implicit(let tau, let relaxation):
      try write(.implicit, [("tau", tau), ("relaxation", relaxation)])
    }
  }
}
