import Lifted

/// `kind: consensus`: workers with weights of their own that agree every so many steps. See
/// `ConsensusTraining`.
struct ConsensusRecipe: MethodKind {
  static let word = "consensus"

  /// How errors travel back, and the weight of the loss.
  private(set) var sweep: NudgedSignal
  /// Workers `P`.
  let workers: Int
  /// Steps from one agreement to the next.
  let localSteps: Int
  /// The weight of not agreeing.
  let rho: Double
  /// The step of a worker.
  let stepSize: Double

  var summary: String {
    "\(sweep.signal.summary); consensus of \(workers) workers, \(localSteps) steps apart"
  }
  var isLifted: Bool { sweep.isLifted }
  var backPropagating: (any MethodKind)? {
    var control = self
    control.sweep = .backPropagation
    return control
  }

  init(_ reader: inout StrictReader) throws {
    sweep = try NudgedSignal(&reader)
    workers = try reader.required("workers")
    try reader.require(workers, in: 1...10_000, "workers")
    localSteps = try reader.optional("localSteps") ?? 5
    try reader.require(localSteps, in: 1...1_000_000, "localSteps")
    rho = try reader.required("rho")
    stepSize = try reader.required("stepSize")
  }

  func write(to writer: inout RecipeWriter) throws {
    try sweep.write(to: &writer)
    try writer.write(workers, "workers")
    try writer.write(localSteps, "localSteps")
    try writer.write(rho, "rho")
    try writer.write(stepSize, "stepSize")
  }

  func make(
    _ weightPenalty: WeightPenalty, calibrated beta: Double?
  ) throws(SolverError) -> any MinibatchMethod {
    try ConsensusTraining(
      signal: sweep.signal.signal, workers: workers, localSteps: localSteps, rho: rho,
      stepSize: stepSize, nudge: sweep.nudge, weightPenalty: weightPenalty)
  }
}
