import Tensors

/// Consecutive layers `a, …, b` of a ``BlockDescent``, with their parameters and variables, while the other
/// layers are with others: what a rank owns.
///
/// A round needs of the neighbours `x_{a-1}` and `u_b = A_{b+1}^* R_{b+1}` with a bound of `||A_{b+1}||^2`, and
/// gives them `x_b` and `u_{a-1}` with the bound of `||A_a||^2`; nothing else. The numbers are those of
/// ``BlockDescent/round(_:on:)``, bit for bit.
package struct LayerShare<S: TensorScalar>: Sendable {
  /// The descent of all layers.
  package let descent: BlockDescent
  /// `a...b`, counted from 1.
  package let layers: ClosedRange<Int>
  var state: BlockDescentState<S>
  /// Why a block could not be moved. It was filled with what is not a number in its place, so that neighbours
  /// are not left waiting.
  package private(set) var failure: SolverError?

  /// The share of a point; of other layers' tensors nothing is kept but `x_{a-1}`.
  /// - Parameter vectors: ``vectors(ofLayer:)`` of each layer, to start power iterations from; empty for none.
  package init(
    _ descent: BlockDescent, layers: ClosedRange<Int>, of point: LiftedPoint<S>,
    vectors: [[Tensor<S>]] = []
  ) {
    (self.descent, self.layers) = (descent, layers)
    var own = point
    for l in point.x.indices where l < layers.lowerBound - 1 || l > layers.upperBound {
      own.x[l] = Tensor(shape: [0])
    }
    for l in 1...descent.energy.network.depth where !layers.contains(l) {
      own.theta.layers[l - 1] = []
    }
    state = BlockDescentState(at: own)
    state.vectors = vectors
  }

  /// The dominant singular vectors of a layer's map and inputs, where power iterations have got to.
  package func vectors(ofLayer l: Int) -> [Tensor<S>] {
    [state.operatorVectors[l - 1], state.inputVectors[l - 1]]
  }

  /// Parameters and variables; empty tensors where they are others'.
  package var point: LiftedPoint<S> { state.point }
  /// Rounds done.
  package var rounds: Int { state.rounds }
  /// Whether it has samples at all: of a small batch perhaps not.
  var hasSamples: Bool { point.x[layers.upperBound].rows > 0 }
  /// Whether there are layers below, and above.
  var hasBelow: Bool { layers.lowerBound > 1 }
  var hasAbove: Bool { layers.upperBound < descent.energy.network.depth }

  /// One round, its neighbours' side by side with it. What could not be moved is in ``failure``.
  /// - Throws: what the neighbours throw.
  package mutating func round(
    with neighbours: some LayerNeighbours<S>, on pool: WorkerPool
  ) throws {
    try moveVariables(with: neighbours, on: pool)
    if descent.free.contains(.parameters) { moveParameters(of: layers, on: pool) }
    state.rounds += 1
  }

  /// The weight blocks of some of its layers to their new values.
  package mutating func moveParameters(of layers: ClosedRange<Int>, on pool: WorkerPool) {
    do { try descent.moveParameters(of: layers, &state, on: pool) } catch {
      failure = error
      for l in layers {
        state.point.theta.layers[l - 1] = state.point.theta.layers[l - 1].map {
          Tensor(repeating: .nan, shape: $0.shape)
        }
      }
    }
  }

  /// The same, with all samples of `x_{c-1}, …, x_d` for its layers `c...d`, of which it has a part itself.
  package mutating func moveParameters(
    of layers: ClosedRange<Int>, at x: [Tensor<S>], on pool: WorkerPool
  ) {
    let (range, own) = ((layers.lowerBound - 1)...layers.upperBound, state.point.x)
    state.point.x.replaceSubrange(range, with: x)
    moveParameters(of: layers, on: pool)
    state.point.x.replaceSubrange(range, with: own[range])
  }

  /// Takes over the parameters of a layer that others have moved.
  package mutating func setParameters(ofLayer l: Int, to theta: [Tensor<S>]) {
    state.point.theta.layers[l - 1] = theta
  }

  /// The sweep over the variables, its neighbours' side by side with it; with no samples, only what is known
  /// of the maps is brought up to date.
  package mutating func moveVariables(
    with neighbours: some LayerNeighbours<S>, on pool: WorkerPool
  ) throws {
    let (below, top) = (layers.lowerBound - 1, layers.upperBound)
    let near = descent.variables.filter { below...top ~= $0 }
    var visits = near.map { state.visit(variable: $0) }
    let (point, network, hasAbove) = (state.point, descent.energy.network, hasAbove)
    descent.schedule.forEach(&visits, on: pool) { _, visit, pool in
      if visit.index < top || !hasAbove { visit.boundMapAbove(network, at: point, on: pool) }
    }
    var sweep = VariableSweep(descent, point, visits)
    defer { for visit in sweep.visits { state.end(variable: visit) } }
    guard hasSamples else { return }
    for group in descent.sweep.groups(of: near) {
      try move(group, &sweep, with: neighbours, on: pool)
    }
  }

  /// The variables of a group. The neighbour's is on its way while those within move.
  private mutating func move(
    _ group: [Int], _ sweep: inout VariableSweep<S>, with neighbours: some LayerNeighbours<S>,
    on pool: WorkerPool
  ) throws {
    let (below, top, schedule) = (layers.lowerBound - 1, layers.upperBound, descent.schedule)
    let (givesBelow, givesAbove) = (
      hasBelow && group.contains(below), hasAbove && group.contains(top)
    )
    sweep.fill(around: group, among: layers, schedule, on: pool)
    if givesBelow, let place = sweep.place(of: below) {
      let visit = sweep.visits[place]
      let block = VariableBlock(
        below, descent.energy, sweep.point, squaredNorm: visit.squaredNorm, known: sweep.known,
        ownIsElsewhere: true, on: pool)
      try neighbours.giveBelow(block.pull(at: visit.value[0]), visit.squaredNorm)
    }
    let within = group.filter { !(givesBelow && $0 == below) && !(givesAbove && $0 == top) }
    attempt(&sweep, within) { (sweep) throws(SolverError) in
      try sweep.move(within, schedule, on: pool)
    }
    if givesAbove, let place = sweep.place(of: top) {
      let (pull, squaredNorm) = try neighbours.takeFromAbove(sweep.point.x[top].shape)
      sweep.visits[place].squaredNorm = squaredNorm
      attempt(&sweep, [top]) { (sweep) throws(SolverError) in
        try sweep.move([top], schedule, pull: pull, on: pool)
      }
      try neighbours.giveAbove(sweep.point.x[top])
    }
    if givesBelow, let place = sweep.place(of: below) {
      let x = try neighbours.takeFromBelow(sweep.point.x[below].shape)
      (sweep.point.x[below], sweep.visits[place].value) = (x, [x])
    }
    for l in group { sweep.known.forget(above: l) }
  }

  private mutating func attempt(
    _ sweep: inout VariableSweep<S>, _ variables: [Int],
    _ move: (inout VariableSweep<S>) throws(SolverError) -> Void
  ) {
    do { try move(&sweep) } catch {
      failure = error
      for l in variables {
        sweep.point.x[l] = Tensor(repeating: .nan, shape: sweep.point.x[l].shape)
        if let place = sweep.place(of: l) { sweep.visits[place].value = [sweep.point.x[l]] }
      }
    }
  }
}

extension VariableSweep {
  /// Where a variable is among those on loan.
  func place(of l: Int) -> Int? { visits.firstIndex { $0.index == l } }
}

/// The owners of the layers next to a ``LayerShare``.
package protocol LayerNeighbours<S> {
  associatedtype S: TensorScalar
  /// `u_{a-1}` and the bound of `||A_a||^2`.
  func giveBelow(_ pull: Tensor<S>, _ squaredNorm: Double) throws
  /// `u_b` and the bound of `||A_{b+1}||^2`.
  func takeFromAbove(_ shape: [Int]) throws -> (pull: Tensor<S>, squaredNorm: Double)
  /// `x_b`.
  func giveAbove(_ x: Tensor<S>) throws
  /// `x_{a-1}`.
  func takeFromBelow(_ shape: [Int]) throws -> Tensor<S>
}
