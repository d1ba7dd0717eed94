import Tensors

extension BlockDescent {
  /// One sweep over the free variables, those of a group of the ``Sweep`` side by side.
  /// - Throws: ``SolverError`` when it has diverged.
  public func sweepVariables<S: TensorScalar>(
    _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    var visits = variables.map { state.visit(variable: $0) }
    let point = state.point
    schedule.forEach(&visits, on: pool) { _, visit, pool in
      visit.boundMapAbove(energy.network, at: point, on: pool)
    }
    var sweep = VariableSweep(self, point, visits)
    defer { for visit in sweep.visits { state.end(variable: visit) } }
    try sweep.run(on: pool)
  }

  /// The free weight blocks of some layers, by default of all, to their new values.
  func moveParameters<S: TensorScalar>(
    of layers: ClosedRange<Int>? = nil, _ state: inout BlockDescentState<S>, on pool: WorkerPool
  ) throws(SolverError) {
    let network = energy.network
    var visits = (layers ?? 1...network.depth).filter { network.layers[$0 - 1].isTrainable }.map {
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
    visit.boundInputs(energy.network, at: point, on: pool)
    let anchor = anchorTau.map { (theta: state.anchor.layers[l - 1], tau: $0) }
    return ParameterBlock(
      l, energy, point, squaredNorm: visit.squaredNorm, anchor: anchor, on: pool)
  }
}
