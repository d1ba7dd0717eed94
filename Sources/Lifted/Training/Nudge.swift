/// The weight `beta` of the loss in the lifted energy of a batch, hidden penalties having weight 1.
///
/// Small `beta` gives the back-propagation gradient to first order in `beta`; a large one moves hidden
/// variables by finite amounts and so revives units that no derivative can reach.
public struct Nudge: Sendable, Equatable, Codable {
  /// `beta > 0`.
  public let beta: Double
  /// What to do about dead layers; `nil` for nothing.
  public let rescue: Rescue?

  /// A layer is taken for dead when fewer than a fraction `activeBelow` of its entries are not zero;
  /// then `beta` jumps to `strength` and comes back by the factor `annealing` at each step on which all
  /// layers are alive.
  public struct Rescue: Sendable, Equatable, Codable {
    /// The weight while a layer is dead, `> 0`.
    public let strength: Double
    /// The fraction of active entries below which a layer is dead, in [0, 1].
    public let activeBelow: Double
    /// The factor on the weight at each step afterwards, in (0, 1].
    public let annealing: Double

    /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
    public init(
      strength: Double = 100, activeBelow: Double = 0.01, annealing: Double = 0.99
    ) throws(SolverError) {
      try SolverError.requirePositive(strength, "rescue.strength")
      try SolverError.require(activeBelow, in: 0...1, "rescue.activeBelow")
      try SolverError.requirePositive(annealing, "rescue.annealing")
      try SolverError.require(annealing, in: 0...1, "rescue.annealing")
      (self.strength, self.activeBelow, self.annealing) = (strength, activeBelow, annealing)
    }

    /// - Throws: `DecodingError`, or ``SolverError`` for values that the other initialiser refuses.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      try self.init(
        strength: container.decode(Double.self, forKey: .strength),
        activeBelow: container.decode(Double.self, forKey: .activeBelow),
        annealing: container.decode(Double.self, forKey: .annealing))
    }
  }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(_ beta: Double, rescue: Rescue? = nil) throws(SolverError) {
    try SolverError.requirePositive(beta, "nudge")
    (self.beta, self.rescue) = (beta, rescue)
  }

  /// - Throws: `DecodingError`, or ``SolverError`` for values that ``init(_:rescue:)`` refuses.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      container.decode(Double.self, forKey: .beta),
      rescue: container.decodeIfPresent(Rescue.self, forKey: .rescue))
  }

  /// The weight for the next step, given the present one and the least active hidden layer's fraction.
  public func next(after present: Double, leastActive: Double) -> Double {
    guard let rescue else { return beta }
    if leastActive < rescue.activeBelow { return max(rescue.strength, beta) }
    return max(beta, present * rescue.annealing)
  }
}
