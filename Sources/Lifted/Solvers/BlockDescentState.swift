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
  var operatorVectors: [Tensor<S>]
  var inputVectors: [Tensor<S>]

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

  /// `x_l`, lent to a solver; the point keeps the old value.
  mutating func visit(variable l: Int) -> BlockVisit<S> {
    var visit = BlockVisit(l, [point.x[l]])
    swap(&visit.memory, &variableMemory[l])
    if l + 1 < point.x.count { visit.vector = detach(&operatorVectors[l]) }
    return visit
  }

  /// The dominant singular vectors of each layer's map and inputs, to start the power iterations of another
  /// state from; zero, or of other shapes, for none.
  var vectors: [[Tensor<S>]] {
    get { zip(operatorVectors, inputVectors).map { [$0, $1] } }
    set {
      for (l, pair) in newValue.enumerated() where pair.count == 2 {
        (operatorVectors[l], inputVectors[l]) = (pair[0], pair[1])
      }
    }
  }

  /// What a solver has made of `x_l`.
  mutating func end(variable visit: BlockVisit<S>) {
    let l = visit.index
    (point.x[l], variableMemory[l]) = (visit.value[0], visit.memory)
    if l + 1 < point.x.count { operatorVectors[l] = visit.vector }
  }

  /// The parameters of layer `l`, lent to a solver; the point is without them meanwhile.
  mutating func visit(parametersOf l: Int) -> BlockVisit<S> {
    var visit = BlockVisit<S>(l, [])
    swap(&visit.value, &point.theta.layers[l - 1])
    swap(&visit.memory, &parameterMemory[l - 1])
    visit.vector = detach(&inputVectors[l - 1])
    return visit
  }

  /// What a solver has made of the parameters of layer `l`.
  mutating func end(parameters visit: BlockVisit<S>) {
    let l = visit.index
    (point.theta.layers[l - 1], parameterMemory[l - 1]) = (visit.value, visit.memory)
    inputVectors[l - 1] = visit.vector
  }
}

/// A block on loan from a ``BlockDescentState``, so that several can be worked on side by side.
struct BlockVisit<S: TensorScalar> {
  /// `l` of `x_l`, or of `theta_l`.
  let index: Int
  /// The variable, or the parameters.
  var value: [Tensor<S>]
  /// What the solver remembers of it.
  var memory = BlockMemory<S>()
  /// The dominant singular vector of the map that bounds the block's curvature.
  var vector = Tensor<S>(shape: [0])
  /// The square of that map's norm, with a margin.
  var squaredNorm = 0.0

  init(_ index: Int, _ value: [Tensor<S>]) { (self.index, self.value) = (index, value) }

  /// Power iterations: few where the vector is an earlier one.
  private var iterations: Int { vector.squaredNorm > 0 ? 3 : 20 }

  /// Power iteration approaches the norm from below; steps use a little more than it found.
  private static var safety: Double { 1.05 }

  /// `||A_{l+1}||^2`, of a variable; nothing for the output.
  mutating func boundMapAbove(
    _ network: Network, at point: LiftedPoint<S>, on pool: WorkerPool
  ) {
    guard index < network.depth else { return }
    squaredNorm =
      Self.safety
      * Double(
        network.layers[index].stage.squaredNorm(
          point.theta.layers[index], vector: &vector, iterations: iterations, on: pool))
  }

  /// The squared norm of `theta_l -> A_l(theta_l) x_{l-1} + b_l`, of parameters.
  mutating func boundInputs(_ network: Network, at point: LiftedPoint<S>, on pool: WorkerPool) {
    squaredNorm =
      Self.safety
      * Double(
        network.layers[index - 1].stage.squaredParameterNorm(
          at: point.x[index - 1], vector: &vector, iterations: iterations, on: pool))
  }

  /// The visit to some samples of a variable.
  func rows(_ range: Range<Int>) -> BlockVisit {
    var part = self
    part.value = value.map { $0.rows(range) }
    part.memory.tensors = memory.tensors.map { $0.map { $0.rows(range) } }
    return part
  }

  /// The visit to all samples of a variable, from those to some, in order.
  init(joining parts: [BlockVisit]) {
    self = parts[0]
    for slot in value.indices { value[slot] = Tensor(stacking: parts.map { $0.value[slot] }) }
    for (row, tensors) in memory.tensors.enumerated() {
      for slot in tensors.indices {
        memory.tensors[row][slot] = Tensor(stacking: parts.map { $0.memory.tensors[row][slot] })
      }
    }
  }
}
