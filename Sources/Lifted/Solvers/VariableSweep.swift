import Tensors

/// One sweep of a ``BlockDescent`` over the free variables, parameters held still.
struct VariableSweep<S: TensorScalar> {
  private let descent: BlockDescent
  var point: LiftedPoint<S>
  /// The variables on loan, those of the point at first.
  var visits: [BlockVisit<S>]
  /// Pre-activations at the point.
  var known: Preactivations<S>

  init(_ descent: BlockDescent, _ point: LiftedPoint<S>, _ visits: [BlockVisit<S>]) {
    (self.descent, self.point, self.visits) = (descent, point, visits)
    known = Preactivations(depth: descent.energy.network.depth)
  }

  /// Runs it, cut as the schedule says.
  mutating func run(on pool: WorkerPool) throws(SolverError) {
    let groups = descent.sweep.groups(of: visits.map(\.index))
    let blocks = descent.rowBlocks(samples: point.x[0].rows, groups)
    guard blocks.count > 1 else { return try run(groups, descent.schedule, on: pool) }
    var parts = blocks.map { rows($0) }
    defer {
      for k in visits.indices { visits[k] = BlockVisit(joining: parts.map { $0.visits[k] }) }
    }
    try pool.concurrently(&parts) { _, part, pool throws(SolverError) in
      try part.run(groups, .tiles, on: pool)
    }
  }

  /// The sweep over some samples.
  private func rows(_ range: Range<Int>) -> VariableSweep {
    var part = self
    for l in point.x.indices { part.point.x[l] = point.x[l].rows(range) }
    part.visits = visits.map { $0.rows(range) }
    return part
  }

  private mutating func run(
    _ groups: [[Int]], _ schedule: LayerSchedule, on pool: WorkerPool
  ) throws(SolverError) {
    fill(around: groups.flatMap(\.self), schedule, on: pool)
    for group in groups {
      fill(around: group, schedule, on: pool)
      try move(group, schedule, on: pool)
      for l in group { known.forget(above: l) }
    }
  }

  /// Computes the pre-activations that some variables need; `layers` are those at hand.
  mutating func fill(
    around variables: [Int], among layers: ClosedRange<Int>? = nil, _ schedule: LayerSchedule,
    on pool: WorkerPool
  ) {
    known.fill(
      around: variables, among: layers, descent.energy.network, at: point, schedule, on: pool)
  }

  /// The variables of a group to their new values, each from the others' old ones; `pull` where the layer
  /// above is elsewhere.
  mutating func move(
    _ group: [Int], _ schedule: LayerSchedule, pull: Tensor<S>? = nil, on pool: WorkerPool
  ) throws(SolverError) {
    let (descent, point, known) = (self.descent, self.point, self.known)
    let places = visits.indices.filter { group.contains(visits[$0].index) }
    var moving = places.map { visits[$0] }
    for k in places { visits[k].memory = BlockMemory() }
    defer {
      for (k, visit) in zip(places, moving) {
        (visits[k], self.point.x[visit.index]) = (visit, visit.value[0])
      }
    }
    try schedule.forEach(&moving, on: pool) { _, visit, pool throws(SolverError) in
      guard visit.index < descent.energy.network.depth else {
        visit.value = [descent.freeOutput(at: point, known, on: pool)]
        return
      }
      let block = VariableBlock(
        visit.index, descent.energy, point, squaredNorm: visit.squaredNorm, known: known,
        pull: pull, on: pool)
      try descent.variableSolver.improve(&visit.value[0], in: block, &visit.memory)
    }
  }
}

extension BlockDescent {
  /// The minimiser in `x_L`.
  fileprivate func freeOutput<S: TensorScalar>(
    at point: LiftedPoint<S>, _ known: Preactivations<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    let last = energy.network.depth
    let layer = energy.network.layers[last - 1]
    let (weight, width) = (S(energy.weights[last - 1]), layer.stage.outputs)
    var x = known[last] ?? energy.network.preactivation(ofLayer: last, at: point, on: pool)
    x.forEachBand(on: pool) { tile, x in
      for row in tile.rows {
        let x = x + row * width
        energy.penalty(ofLayer: last).minimiser(
          at: x, weight: weight, layer.activation, layer.regulariser, into: x, count: width)
      }
    }
    return x
  }
}
