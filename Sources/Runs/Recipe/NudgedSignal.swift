import Lifted

/// The keys `signal` and `nudge` of a kind: how errors travel back, and the weight of the loss.
struct NudgedSignal: Sendable, Equatable {
  /// How errors travel back.
  let signal: SweepRecipe.SignalChoice
  /// The weight of the loss; 1 for back-propagated errors, which have none.
  let nudge: Double

  /// The control.
  static let backPropagation = NudgedSignal(signal: .backPropagation, nudge: 1)

  var isLifted: Bool { signal != .backPropagation }

  private init(signal: SweepRecipe.SignalChoice, nudge: Double) {
    (self.signal, self.nudge) = (signal, nudge)
  }

  init(_ reader: inout StrictReader) throws {
    signal = try reader.choice("signal") ?? .contrast
    let nudge: Double? = try reader.optional("nudge")
    if nudge != nil, signal == .backPropagation {
      throw reader.error(
        "nudge",
        "back-propagated errors have no nudge; leave this key out, or choose another signal")
    }
    self.nudge = nudge ?? 1
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(signal, "signal")
    if isLifted { try writer.write(nudge, "nudge") }
  }
}
