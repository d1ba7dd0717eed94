import Tensors

/// How a solver moves a layer's variable, the rest of the energy held still.
public protocol VariableSolver: Sendable {
  /// Gradients of the block, or as much work, in one call.
  var gradients: Int { get }

  /// Whether its first round starts from the layer's pre-activation in place of the variable it is given.
  /// Then the variable cannot be kept from one visit to the next.
  var startsAtPreactivation: Bool { get }

  /// Whether a sample's row moves as if there were no others: then samples can be cut into blocks.
  var movesRowsApart: Bool { get }

  /// Whether all that one call asks of the layer above is the gradient at the variable it is given: then that
  /// layer may be on another rank.
  var looksAboveOnce: Bool { get }

  /// Whether it can be used on this energy.
  /// - Throws: ``SolverError`` with the reason and an alternative if not.
  func checkVariables(of energy: Energy) throws(SolverError)

  /// Improves `x` in its block.
  /// - Throws: ``SolverError`` when the iteration has diverged.
  func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError)
}

extension VariableSolver {
  /// No.
  public var movesRowsApart: Bool { false }
  /// No.
  public var looksAboveOnce: Bool { false }
  /// No.
  public var startsAtPreactivation: Bool { false }
}

/// How a solver moves a layer's parameters, the rest of the energy held still.
public protocol ParameterSolver: Sendable {
  /// Gradients of the block, or as much work, in one call.
  var gradients: Int { get }

  /// Whether it can be used on this energy.
  /// - Throws: ``SolverError`` with the reason and an alternative if not.
  func checkParameters(of energy: Energy) throws(SolverError)

  /// Improves `theta` in its block.
  /// - Throws: ``SolverError`` when the iteration has diverged.
  func improve<S: TensorScalar>(
    _ theta: inout [Tensor<S>], in block: ParameterBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError)
}

/// A solver for any ``Block``: it needs the gradient of the smooth part and the prox of the rest.
public protocol BlockSolver: VariableSolver, ParameterSolver {
  /// Improves `v` in the block.
  /// - Throws: ``SolverError`` when the iteration has diverged.
  func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) throws(SolverError)

  /// Whether it finds its step by itself; all others need a Lipschitz constant.
  var backtracks: Bool { get }
}

extension ParameterSolver {
  /// Whether it does without the curvature of the block.
  var findsStep: Bool { (self as? any BlockSolver)?.backtracks ?? false }
}

extension BlockSolver {
  public var backtracks: Bool { false }

  public func checkVariables(of energy: Energy) throws(SolverError) { try checkStep(energy) }
  public func checkParameters(of energy: Energy) throws(SolverError) { try checkStep(energy) }

  /// A penalty without a Lipschitz constant leaves only solvers that find their own step.
  func checkStep(_ energy: Energy) throws(SolverError) {
    guard !backtracks, let penalty = energy.penaltyWithoutLipschitz else { return }
    throw .unsuitable(
      "\(Self.self) needs a Lipschitz constant, and the penalty \(type(of: penalty)) has none; "
        + "use backtracking")
  }

  public func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    var v = [x]
    try improve(&v, in: block, memory: &memory)
    x = v[0]
  }

  public func improve<S: TensorScalar>(
    _ theta: inout [Tensor<S>], in block: ParameterBlock<S>, _ memory: inout BlockMemory<S>
  ) throws(SolverError) {
    try improve(&theta, in: block, memory: &memory)
  }
}

/// What a solver remembers of a block between two rounds.
public struct BlockMemory<S: TensorScalar>: Sendable, Equatable {
  /// Tensors like the block's own.
  public var tensors: [[Tensor<S>]] = []
  /// The last step that was accepted.
  public var step: Double?
  /// Steps taken.
  public var count = 0

  /// Nothing yet.
  public init() {}
}

extension Energy {
  /// A penalty whose gradient in the pre-activation has no Lipschitz constant, if there is one.
  var penaltyWithoutLipschitz: (any Penalty)? {
    [penalty, loss].first { $0.preactivationLipschitz == nil }
  }
}

/// Checks the number of steps of a solver.
func requireSteps(_ steps: Int) throws(SolverError) {
  guard steps >= 1 else {
    throw .outOfRange(parameter: "steps", value: Double(steps), admissible: "at least 1")
  }
}
