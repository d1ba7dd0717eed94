import Lifted

/// `kind: blockDescent`: rounds of block-coordinate descent. See `BlockDescentTraining`.
struct BlockDescentRecipe: MethodKind {
  /// What stands for a hidden layer's constraint.
  enum PenaltyChoice: String, Sendable, Codable, CaseIterable {
    case bregman, mac, lifted

    var penalty: any Penalty {
      switch self {
      case .bregman: BregmanPenalty()
      case .mac: MACPenalty()
      case .lifted: LiftedPenalty()
      }
    }
  }

  /// What becomes of a sample's variables after a step.
  enum VariablesChoice: String, Sendable, Codable, CaseIterable { case kept, restarted }

  static let word = "blockDescent"

  let penalty: PenaltyChoice
  let hiddenWeight: Double
  let lossWeight: Double
  let continuation: ContinuationRecipe?
  let sweep: Sweep
  let variableSolver: VariableSolverRecipe?
  let parameterSolver: ParameterSolverRecipe?
  let rounds: Int
  let variables: VariablesChoice
  let restartEvery: Int?
  let anchorTau: Double?
  let guarded: Bool
  /// How a round is cut for the threads; changes the time, not the training.
  let cut: LayerSchedule

  var summary: String {
    let solvers = [
      variableSolver.map { type(of: $0.rule).word } ?? "proximalGradient",
      parameterSolver.map { type(of: $0.rule).word } ?? "proximalGradient",
    ]
    return "block descent, \(penalty.rawValue) penalty; variables by \(solvers[0]), weights by "
      + "\(solvers[1]); variables \(variables.rawValue)"
  }

  init(_ reader: inout StrictReader) throws {
    penalty = try reader.choice("penalty") ?? .bregman
    hiddenWeight = try reader.optional("hiddenWeight") ?? 1
    lossWeight = try reader.optional("lossWeight") ?? 1
    continuation = try reader.optional("continuation")
    sweep = try reader.choice("sweep") ?? .backward
    variableSolver = try reader.optional("variableSolver")
    parameterSolver = try reader.optional("parameterSolver")
    rounds = try reader.optional("rounds") ?? 1
    try reader.require(rounds, in: 1...10_000, "rounds")
    variables = try reader.choice("variables") ?? .kept
    restartEvery = try reader.optional("restartEvery")
    try reader.require(restartEvery, in: 1...1_000_000, "restartEvery")
    if variables == .restarted, restartEvery != nil {
      throw reader.error(
        "restartEvery", "restarted variables start afresh at each visit; leave this key out")
    }
    anchorTau = try reader.optional("anchorTau")
    guarded = try reader.optional("guarded") ?? false
    cut = try reader.choice("cut") ?? .auto
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(penalty, "penalty")
    try writer.write(hiddenWeight, "hiddenWeight")
    try writer.write(lossWeight, "lossWeight")
    if let continuation { try writer.write(continuation, "continuation") }
    try writer.write(sweep, "sweep")
    if let variableSolver { try writer.write(variableSolver, "variableSolver") }
    if let parameterSolver { try writer.write(parameterSolver, "parameterSolver") }
    try writer.write(rounds, "rounds")
    try writer.write(variables, "variables")
    if let restartEvery { try writer.write(restartEvery, "restartEvery") }
    if let anchorTau { try writer.write(anchorTau, "anchorTau") }
    try writer.write(guarded, "guarded")
    if cut != .auto { try writer.write(cut, "cut") }
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    let moves: any VariableSolver =
      if let variableSolver { try variableSolver.make() } else {
        ProximalGradient.once
      }
    let weightMoves: any ParameterSolver =
      if let parameterSolver { try parameterSolver.make() } else {
        ProximalGradient.once
      }
    return try BlockDescentTraining(
      penalty: penalty.penalty, hiddenWeight: hiddenWeight, lossWeight: lossWeight,
      continuation: continuation?.continuation ?? .constant, sweep: sweep, variableSolver: moves,
      parameterSolver: weightMoves, rounds: rounds,
      variables: variables == .restarted ? .restarted : .kept(restartEvery: restartEvery),
      anchorTau: anchorTau, isGuarded: guarded, weightPenalty: weightPenalty,
      schedule: cut)
  }
}
