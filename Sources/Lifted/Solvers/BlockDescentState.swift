import Tensors

/// Where a ``BlockDescent`` is: the point, and what makes the next round cheap or fast.
public struct BlockDescentState<S: TensorScalar>: Sendable {
  /// Parameters and variables as they are now.
  public var point: LiftedPoint<S>
  /// Rounds done.
  public internal(set) var rounds = 0
  /// Rounds that raised the energy and were done again by the safe method; see
  /// ``BlockDescent/isGuarded``.
  public internal(set) var refusedRounds = 0
  /// The energy after the last round, where the solver had to know it.
  var value: Double?
  /// What the solvers remember of `x_l` and of the parameters of layer `l`.
  var variableMemory: [BlockMemory<S>]
  var parameterMemory: [BlockMemory<S>]
  /// The parameters that an implicit step is anchored at.
  let anchor: Parameters<S>
  /// Dominant singular vectors of `A_l` and of the inputs of layer `l`, for warm starts.
  private var operatorVectors: [Tensor<S>]
  private var inputVectors: [Tensor<S>]

  init(at point: LiftedPoint<S>) {
    self.point = point
    anchor = point.theta
    variableMemory = point.x.map { _ in BlockMemory() }
    parameterMemory = variableMemory
    operatorVectors = point.x.map { Tensor(shape: [$0.columns]) }
    inputVectors = operatorVectors
  }

  /// The state at another point, what the solvers remember forgotten; power iterations go on from where
  /// they are, so for a point whose maps differ little.
  mutating func startAfresh(at point: LiftedPoint<S>) {
    self.point = point
    variableMemory = point.x.map { _ in BlockMemory() }
    parameterMemory = variableMemory
    value = nil
  }

  /// Power iterations of a cold and of a warm start.
  private static var coldIterations: Int { 20 }
  private static var warmIterations: Int { 3 }
  /// Power iteration approaches the norm from below; steps use a little more than it found.
  private static var safety: Double { 1.05 }

  private var iterations: Int { rounds == 0 ? Self.coldIterations : Self.warmIterations }

  /// `||A_l||^2` with a margin.
  mutating func squaredNorm(ofLayer l: Int, _ network: Network, _ pool: WorkerPool) -> Double {
    Self.safety
      * Double(
        network.layers[l - 1].stage.squaredNorm(
          point.theta.layers[l - 1], vector: &operatorVectors[l - 1], iterations: iterations,
          on: pool))
  }

  /// The squared norm of `theta_l -> A_l(theta_l) x_{l-1} + b_l` with a margin.
  mutating func squaredParameterNorm(
    ofLayer l: Int, _ network: Network, _ pool: WorkerPool
  ) -> Double {
    Self.safety
      * Double(
        network.layers[l - 1].stage.squaredParameterNorm(
          at: point.x[l - 1], vector: &inputVectors[l - 1], iterations: iterations, on: pool))
  }
}
