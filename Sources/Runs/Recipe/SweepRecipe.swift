import Lifted

/// `kind: sweep`: one sweep of a signal and one update of each layer's weights. See `OneSweep`.
struct SweepRecipe: MethodKind {
  /// How errors travel back.
  enum SignalChoice: String, Sendable, Codable, CaseIterable {
    case contrast, mirror, backPropagation

    var signal: any Signal {
      switch self {
      case .contrast: CentredContrast()
      case .mirror: MirrorSweep()
      case .backPropagation: BackPropagation()
      }
    }

    var summary: String {
      switch self {
      case .contrast: "lifted, centred contrast"
      case .mirror: "lifted Bregman, mirror sweep"
      case .backPropagation: "back-propagated errors"
      }
    }
  }

  /// The weight of the loss: a number, or `auto` to have it calibrated.
  enum NudgeChoice: Sendable, Equatable {
    case fixed(Double)
    case auto
  }

  static let word = "sweep"

  /// How errors travel back.
  let signal: SignalChoice
  /// The weight of the loss.
  let nudge: NudgeChoice
  /// What to do about dead layers.
  let rescue: Nudge.Rescue?
  /// One for each layer, or a single one for all.
  let updates: [UpdateRecipe]

  var summary: String { "\(signal.summary); \(updates.summary)" }
  var isLifted: Bool { signal != .backPropagation }
  var backPropagating: (any MethodKind)? { SweepRecipe(backPropagating: updates) }

  /// Back-propagated errors do not depend on the nudge: it is 1.
  init(backPropagating updates: [UpdateRecipe]) {
    (signal, nudge, rescue, self.updates) = (.backPropagation, .fixed(1), nil, updates)
  }

  init(_ reader: inout StrictReader) throws {
    let signal: SignalChoice = try reader.requiredChoice("signal")
    let one: UpdateRecipe? = try reader.optional("update")
    let many: [UpdateRecipe]? = try reader.optional("updates")
    let updates = try [UpdateRecipe](one: one, many: many, reader)
    let nudge: NudgeChoice? = try reader.optional("nudge")
    let rescue: RescueRecipe? = try reader.optional("rescue")
    for (key, isGiven) in [("nudge", nudge != nil), ("rescue", rescue != nil)]
    where isGiven && signal == .backPropagation {
      throw reader.error(
        key, "back-propagated errors have no nudge; leave this key out, or choose another signal")
    }
    self.nudge = nudge ?? .fixed(1)
    (self.signal, self.rescue, self.updates) = (signal, rescue?.rescue, updates)
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(signal, "signal")
    if signal != .backPropagation { try writer.write(nudge, "nudge") }
    if let rescue { try writer.write(RescueRecipe(rescue: rescue), "rescue") }
    try updates.write(to: &writer)
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    let value = if case .fixed(let value) = nudge { value } else { beta ?? 1 }
    return OneSweep(
      signal: signal.signal, updates: try updates.make(), nudge: try Nudge(value, rescue: rescue),
      weightPenalty: weightPenalty)
  }
}

extension SweepRecipe.NudgeChoice: Codable {
  init(from decoder: any Decoder) throws {
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

  func encode(to encoder: any Encoder) throws {
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
