import Proximal
import Tensors

extension BlockDescent {
  /// One sweep over the free variables, those of a group of the ``Sweep`` side by side.
  /// - Throws: ``SolverError`` when it has diverged.
  public func sweepVariables<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    let network = energy.network
    var known = Preactivations<S>(depth: network.depth)
    let needed = { (l: Int) in [l, min(l + 1, network.depth)] }
    known.fill(variables.flatMap(needed), network, at: state.point, schedule, on: pool)
    for group in sweep.groups(of: variables) {
      known.fill(group.flatMap(needed), network, at: state.point, schedule, on: pool)
      try moveVariables(group, &state, known, on: pool)
      for l in group { known.forget(above: l) }
    }
  }

  /// The variables of a group to their new values, each from the others' old ones.
  private func moveVariables<S: TensorScalar>(
    _ group: [Int], _ state: inout BlockDescentState<S>, _ known: Preactivations<S>,
    on pool: WorkerPool
  ) throws(SolverError) {
    let point = state.point
    var visits = group.map { state.visit(variable: $0) }
    defer { for visit in visits { state.end(variable: visit) } }
    try schedule.forEach(&visits, on: pool) { _, visit, pool throws(SolverError) in
      guard visit.index < energy.network.depth else {
        visit.value = [freeOutput(at: point, known, on: pool)]
        return
      }
      let norm = visit.squaredNorm(ofMapAbove: visit.index, energy.network, at: point, on: pool)
      let block = VariableBlock(
        visit.index, energy, point, squaredNorm: norm, known: known, on: pool)
      try variableSolver.improve(&visit.value[0], in: block, &visit.memory)
    }
  }

  /// Every free weight block to its new value.
  func moveParameters<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    let network = energy.network
    var visits = (1...network.depth).filter { network.layers[$0 - 1].isTrainable }.map {
      state.visit(parametersOf: $0)
    }
    defer { for visit in visits { state.end(parameters: visit) } }
    let still = state
    try schedule.forEach(&visits, on: pool) { _, visit, pool throws(SolverError) in
      let block = parameterBlock(&visit, still, on: pool)
      try parameterSolver.improve(&visit.value, in: block, &visit.memory)
    }
  }

  /// The block of the parameters on loan.
  func parameterBlock<S: TensorScalar>(
    _ visit: inout BlockVisit<S>, _ state: BlockDescentState<S>, on pool: WorkerPool
  ) -> ParameterBlock<S> {
    let (l, point) = (visit.index, state.point)
    let norm = visit.squaredNorm(ofInputsOf: l, energy.network, at: point, on: pool)
    let anchor = anchorTau.map { (theta: state.anchor.layers[l - 1], tau: $0) }
    return ParameterBlock(l, energy, point, squaredNorm: norm, anchor: anchor, on: pool)
  }

  /// The minimiser in `x_L`.
  private func freeOutput<S: TensorScalar>(
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
