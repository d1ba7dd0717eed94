import Lifted

/// `kind: splitting`: a formulation with pre-activations or multipliers. See `SplittingTraining`.
struct SplittingRecipe: MethodKind {
  /// The formulations.
  enum Formulation: String, Sendable, Codable, CaseIterable {
    case threeSplitting, taylor, deepADMM, bregmanADMM, augmentedMAC
  }

  static let word = "splitting"

  /// Which energy is minimised and how.
  let formulation: Formulation
  /// The weight of `x - sigma(z)`, where it is a quadratic penalty of its own.
  private(set) var gamma: Double?
  /// The weight of the hidden Bregman penalties.
  private(set) var lambda: Double?
  /// The anchor of the weights.
  private(set) var tau: Double?
  /// The anchor of variables and pre-activations.
  private(set) var alpha: Double?
  /// Inner steps of a hidden variable.
  private(set) var steps: Int?
  /// The weight of the constraints.
  let rho: Double
  /// Its factor from one epoch to the next.
  let rhoGrowth: Double
  /// What it never exceeds; `nil` for no bound.
  let rhoMaximum: Double?
  /// Epochs in a row with a rising energy after which it grows; `nil` for after every epoch.
  let rhoIncreases: Int?
  /// Sweeps on each batch.
  let sweeps: Int
  /// Epochs from one forward pass for the variables to the next; `nil` for the first only.
  let restartEvery: Int?

  var rounds: Int { sweeps }

  var summary: String {
    let name =
      switch formulation {
      case .threeSplitting: "three-splitting block descent"
      case .taylor: "ADMM of Taylor et al."
      case .deepADMM: "dlADMM"
      case .bregmanADMM: "lifted Bregman ADMM"
      case .augmentedMAC: "MAC with multipliers"
      }
    return "\(name), rho = \(rho)"
  }

  init(_ reader: inout StrictReader) throws {
    formulation = try reader.requiredChoice("formulation")
    rho = try reader.optional("rho") ?? 0.1
    rhoGrowth = try reader.optional("rhoGrowth") ?? 1
    rhoMaximum = try reader.optional("rhoMaximum")
    rhoIncreases = try reader.optional("rhoIncreases")
    let sweeps: Int? = try reader.optional("sweeps")
    let restartEvery: Int? = try reader.optional("restartEvery")
    try reader.require(sweeps, in: 1...10_000, "sweeps")
    try reader.require(restartEvery, in: 1...1_000_000, "restartEvery")
    self.sweeps = sweeps ?? 1
    self.restartEvery = restartEvery
    try checkRho(reader)
    try readOwnKeys(&reader)
  }

  private func checkRho(_ reader: StrictReader) throws {
    guard rhoGrowth >= 1 else { throw reader.error("rhoGrowth", "\(rhoGrowth) is less than 1") }
    if let rhoMaximum, !(rhoMaximum >= rho) {
      throw reader.error("rhoMaximum", "\(rhoMaximum); it must be at least rho, which is \(rho)")
    }
    try reader.require(rhoIncreases, in: 1...1_000_000, "rhoIncreases")
    if rhoIncreases != nil, rhoGrowth == 1 {
      throw reader.error(
        "rhoIncreases", "rhoGrowth is 1 and nothing grows; set rhoGrowth, or leave this key out")
    }
  }

  /// Keys that not every formulation has; what is not read is refused.
  private mutating func readOwnKeys(_ reader: inout StrictReader) throws {
    if formulation == .threeSplitting || formulation == .taylor {
      gamma = try reader.optional("gamma") ?? 0.1
    }
    if formulation == .threeSplitting { alpha = try reader.optional("alpha") ?? 0 }
    if formulation == .bregmanADMM { lambda = try reader.optional("lambda") ?? 0.1 }
    if formulation == .augmentedMAC {
      tau = try reader.optional("tau") ?? 100
    } else if formulation != .deepADMM {
      tau = try reader.optional("tau") ?? 1000
    }
    if formulation == .bregmanADMM || formulation == .augmentedMAC {
      let steps: Int? = try reader.optional("steps")
      try reader.require(steps, in: 1...10_000, "steps")
      self.steps = steps ?? 10
    }
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(formulation, "formulation")
    if let gamma { try writer.write(gamma, "gamma") }
    if let lambda { try writer.write(lambda, "lambda") }
    if let tau { try writer.write(tau, "tau") }
    if let alpha { try writer.write(alpha, "alpha") }
    if let steps { try writer.write(steps, "steps") }
    try writer.write(rho, "rho")
    try writer.write(rhoGrowth, "rhoGrowth")
    if let rhoMaximum { try writer.write(rhoMaximum, "rhoMaximum") }
    if let rhoIncreases { try writer.write(rhoIncreases, "rhoIncreases") }
    try writer.write(sweeps, "sweeps")
    if let restartEvery { try writer.write(restartEvery, "restartEvery") }
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    try SplittingTraining(
      splitting(), rho: rho, continuation: Continuation(growth, cap: rhoMaximum), sweeps: sweeps,
      restartEvery: restartEvery, weightPenalty: weightPenalty)
  }

  private var growth: Continuation.Rule {
    guard rhoGrowth > 1 else { return .constant }
    return rhoIncreases.map { .afterIncreases(factor: rhoGrowth, count: $0) }
      ?? .geometric(factor: rhoGrowth)
  }

  private func splitting() throws(SolverError) -> any Splitting {
    let (gamma, lambda, tau, steps) = (gamma ?? 1, lambda ?? 1, tau ?? 1, steps ?? 1)
    return switch formulation {
    case .threeSplitting: try ThreeSplitting(gamma: gamma, tau: tau, alpha: alpha ?? 0)
    case .taylor: try TaylorADMM(gamma: gamma, tau: tau)
    case .deepADMM: DeepADMM()
    case .bregmanADMM: try BregmanADMM(lambda: lambda, tau: tau, steps: steps)
    case .augmentedMAC: try AugmentedMAC(tau: tau, steps: steps)
    }
  }
}
