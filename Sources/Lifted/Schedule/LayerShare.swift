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
  private var state: BlockDescentState<S>

  /// The share of a point; of other layers' tensors nothing is kept but `x_{a-1}`.
  package init(_ descent: BlockDescent, layers: ClosedRange<Int>, of point: LiftedPoint<S>) {
    (self.descent, self.layers) = (descent, layers)
    var own = point
    for l in point.x.indices where l < layers.lowerBound - 1 || l > layers.upperBound {
      own.x[l] = Tensor(shape: [0])
    }
    for l in 1...descent.energy.network.depth where !layers.contains(l) {
      own.theta.layers[l - 1] = []
    }
    state = BlockDescentState(at: own)
  }

  /// Parameters and variables; empty tensors where they are others'.
  package var point: LiftedPoint<S> { state.point }
  /// Rounds done.
  package var rounds: Int { state.rounds }
  /// Whether there are layers below, and above.
  private var hasBelow: Bool { layers.lowerBound > 1 }
  private var hasAbove: Bool { layers.upperBound < descent.energy.network.depth }

  /// The terms of the energy that are this share's: the penalties of its layers and of their weights, and that
  /// of the input where it has the first layer. The shares' sum is the energy.
  package func value(on pool: WorkerPool) -> Double {
    let (energy, samples) = (descent.energy, max(point.x[layers.lowerBound].rows, 1))
    let known = hasBelow ? [] : energy.inputPenalty?.values(of: point.x[0], on: pool) ?? []
    return layers.reduce(known.reduce(0, +) / Double(samples)) { sum, l in
      sum + energy.value(ofLayer: l, at: point, on: pool).total
    }
  }

  /// One round, its neighbours' side by side with it.
  /// - Throws: ``SolverError`` when it has diverged, and what the neighbours throw.
  package mutating func round(
    with neighbours: some LayerNeighbours<S>, on pool: WorkerPool
  ) throws {
    try sweepVariables(with: neighbours, on: pool)
    if descent.free.contains(.parameters) {
      try descent.moveParameters(of: layers, &state, on: pool)
    }
    state.rounds += 1
  }

  private mutating func sweepVariables(
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
    for group in descent.sweep.groups(of: near) {
      try move(group, &sweep, with: neighbours, on: pool)
    }
  }

  /// The variables of a group. The neighbour's is on its way while those within move.
  private func move(
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
    try sweep.move(within, schedule, on: pool)
    if givesAbove, let place = sweep.place(of: top) {
      let (pull, squaredNorm) = try neighbours.takeFromAbove(sweep.point.x[top].shape)
      sweep.visits[place].squaredNorm = squaredNorm
      try sweep.move([top], schedule, pull: pull, on: pool)
      try neighbours.giveAbove(sweep.point.x[top])
    }
    if givesBelow, let place = sweep.place(of: below) {
      let x = try neighbours.takeFromBelow(sweep.point.x[below].shape)
      (sweep.point.x[below], sweep.visits[place].value) = (x, [x])
    }
    for l in group { sweep.known.forget(above: l) }
  }
}

extension VariableSweep {
  /// Where a variable is among those on loan.
  fileprivate func place(of l: Int) -> Int? { visits.firstIndex { $0.index == l } }
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
