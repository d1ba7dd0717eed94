import Lifted

/// One way to train: a name, and either one-sweep training or the implicit stochastic gradient method.
public struct MethodRecipe: Sendable, Equatable, Codable {
  /// How errors travel back.
  public enum SignalChoice: String, Sendable, Codable, CaseIterable {
    case contrast, mirror, backPropagation

    var signal: any Signal {
      switch self {
      case .contrast: CentredContrast()
      case .mirror: MirrorSweep()
      case .backPropagation: BackPropagation()
      }
    }
  }

  /// The weight of the loss: a number, or `auto` to have it calibrated.
  public enum NudgeChoice: Sendable, Equatable {
    case fixed(Double)
    case auto
  }

  /// What is done with a minibatch.
  public enum Kind: Sendable, Equatable {
    case sweep(SignalChoice, NudgeChoice, Nudge.Rescue?, updates: [UpdateRecipe])
    case implicit(tau: Double, rounds: Int, Sweep, lossWeight: Double)
  }

  /// For file names, tables and legends.
  public let name: String
  /// What is done with a minibatch.
  public let kind: Kind
  /// `R`, from `weightDecay` and `weightRadius`.
  public let weightPenalty: WeightPenalty
  /// The control: only the last layer is trained.
  public let frozenHiddenLayers: Bool

  /// The method, `beta` being the calibrated nudge where it was left to calibration.
  func make(calibrated beta: Double?) throws(SolverError) -> any MinibatchMethod {
    switch kind {
    case .sweep(let signal, let nudge, let rescue, let updates):
      var made: [any WeightUpdate] = []
      for update in updates { made.append(try update.make()) }
      let value = if case .fixed(let value) = nudge { value } else { beta ?? 1 }
      return OneSweep(
        signal: signal.signal, updates: made, nudge: try Nudge(value, rescue: rescue),
        weightPenalty: weightPenalty)
    case .implicit(let tau, let rounds, let sweep, let lossWeight):
      return try ImplicitStochasticGradient(
        tau: tau, rounds: rounds, sweep: sweep, lossWeight: lossWeight,
        weightPenalty: weightPenalty)
    }
  }

  /// What it is, in a few words.
  public var summary: String {
    switch kind {
    case .sweep(let signal, _, _, let updates):
      let errors =
        switch signal {
        case .contrast: "lifted, centred contrast"
        case .mirror: "lifted Bregman, mirror sweep"
        case .backPropagation: "back-propagated errors"
        }
      let names = updates.map(\.name).reduce(into: [String]()) { names, name in
        if names.last != name { names.append(name) }
      }
      return "\(errors); \(names.joined(separator: ", then "))"
        + (frozenHiddenLayers ? "; hidden layers frozen" : "")
    case .implicit(let tau, let rounds, _, _):
      return "implicit stochastic gradient, J = \(rounds), tau = \(tau)"
    }
  }

  // MARK: Reading and writing

  private enum KindName: String, CaseIterable { case sweep, implicitStochasticGradient }

  public init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    name = try reader.required("name")
    let kindName: KindName = try reader.choice("kind") ?? .sweep
    switch kindName {
    case .sweep: kind = try Self.readSweep(&reader)
    case .implicitStochasticGradient:
      try reader.require(try reader.optional("rounds"), in: 1...10_000, "rounds")
      kind = .implicit(
        tau: try reader.required("tau"), rounds: try reader.optional("rounds") ?? 5,
        try reader.choice("sweep") ?? .backward,
        lossWeight: try reader.optional("lossWeight") ?? 1)
    }
    let decay: Double = try reader.optional("weightDecay") ?? WeightPenalty.standard.decay
    let radius: Double? = try reader.optional("weightRadius")
    weightPenalty = try reader.checked { try WeightPenalty(decay: decay, radius: radius) }
    frozenHiddenLayers = try reader.optional("frozenHiddenLayers") ?? false
    try reader.finish()
    let method = self
    _ = try reader.checked { try method.make(calibrated: nil) }
  }

  private static func readSweep(_ reader: inout StrictReader) throws -> Kind {
    guard let signal: SignalChoice = try reader.choice("signal") else {
      throw reader.error(
        "signal", "this key is missing; one of: contrast, mirror, backPropagation")
    }
    let one: UpdateRecipe? = try reader.optional("update")
    let many: [UpdateRecipe]? = try reader.optional("updates")
    guard let updates = one.map({ [$0] }) ?? many, one == nil || many == nil, !updates.isEmpty
    else {
      throw reader.error("update", "give either update, one for all layers, or updates, a list")
    }
    let nudge: NudgeChoice = try reader.optional("nudge") ?? .fixed(1)
    let rescue: RescueRecipe? = try reader.optional("rescue")
    return .sweep(signal, nudge, rescue?.rescue, updates: updates)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StrictReader.Key.self)
    func write(_ value: some Encodable, _ key: String) throws {
      try container.encode(value, forKey: .init(stringValue: key))
    }
    try write(name, "name")
    switch kind {
    case .sweep(let signal, let nudge, let rescue, let updates):
      try write(KindName.sweep.rawValue, "kind")
      try write(signal, "signal")
      try write(nudge, "nudge")
      if let rescue { try write(RescueRecipe(rescue: rescue), "rescue") }
      if updates.count == 1 {
        try write(updates[0], "update")
      } else {
        try write(updates, "updates")
      }
    case .implicit(let tau, let rounds, let sweep, let lossWeight):
      try write(KindName.implicitStochasticGradient.rawValue, "kind")
      try write(tau, "tau")
      try write(rounds, "rounds")
      try write(sweep, "sweep")
      try write(lossWeight, "lossWeight")
    }
    try write(weightPenalty.decay, "weightDecay")
    if let radius = weightPenalty.radius { try write(radius, "weightRadius") }
    try write(frozenHiddenLayers, "frozenHiddenLayers")
  }
}

extension MethodRecipe.NudgeChoice: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self), text == "auto" {
      self = .auto
    } else if let value = try? container.decode(Double.self), value > 0, value.isFinite {
      self = .fixed(value)
    } else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected a finite number greater than 0, or auto"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .fixed(let value): try container.encode(value)
    case .auto: try container.encode("auto")
    }
  }
}

/// The keys of `rescue`.
private struct RescueRecipe: Codable {
  let rescue: Nudge.Rescue

  init(rescue: Nudge.Rescue) { self.rescue = rescue }

  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    let strength: Double = try reader.optional("strength") ?? 100
    let activeBelow: Double = try reader.optional("activeBelow") ?? 0.01
    let annealing: Double = try reader.optional("annealing") ?? 0.99
    try reader.finish()
    rescue = try reader.checked {
      try Nudge.Rescue(strength: strength, activeBelow: activeBelow, annealing: annealing)
    }
  }

  func encode(to encoder: any Encoder) throws { try rescue.encode(to: encoder) }
}
