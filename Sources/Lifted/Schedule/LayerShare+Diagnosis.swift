import Tensors

// How a point stands, from what each share knows of it: sums over layers, or over samples, are for all shares
// together.
extension LayerShare {
  /// The terms of the energy that are this share's: the penalties of its layers and of their weights, and that
  /// of the input where it has the first layer. The shares' sum is the energy.
  package func value(on pool: WorkerPool) -> Double {
    let (energy, samples) = (descent.energy, max(point.x[layers.lowerBound].rows, 1))
    let known = hasBelow ? [] : energy.inputPenalty?.values(of: point.x[0], on: pool) ?? []
    return terms(on: pool).reduce(known.reduce(0, +) / Double(samples)) { $0 + $1.total }
  }

  /// The terms of each of its layers.
  package func terms(on pool: WorkerPool) -> [EnergyValue] {
    guard hasSamples else {
      return layers.map { l in
        EnergyValue(
          penalties: [0],
          weightPenalty: descent.energy.weightPenalty.value(
            of: point.theta.layers[l - 1], descent.energy.network.layers[l - 1].stage))
      }
    }
    return layers.map { descent.energy.value(ofLayer: $0, at: point, on: pool) }
  }

  /// `||x_l - sigma_l(A_l x_{l-1} + b_l)||^2` over its samples, for each of its layers.
  package func squaredGaps(on pool: WorkerPool) -> [Double] {
    guard hasSamples else { return layers.map { _ in 0 } }
    return layers.map { descent.energy.network.squaredGap(ofLayer: $0, at: point, on: pool) }
  }

  /// The square of how far each of its hidden variables is from being stationary, over its samples; see
  /// ``BlockDescent/stationarity(_:on:)``.
  /// - Throws: what the neighbours throw.
  package mutating func squaredStationarity(
    with neighbours: some LayerNeighbours<S>, on pool: WorkerPool
  ) throws -> [Double] {
    let (below, top, last) = (
      layers.lowerBound - 1, layers.upperBound, descent.energy.network.depth
    )
    guard hasSamples else { return [] }
    if hasBelow, descent.free.contains(.hidden) {
      let visit = bounded(below, on: pool)
      let block = VariableBlock(
        below, descent.energy, point, squaredNorm: visit.squaredNorm, ownIsElsewhere: true, on: pool
      )
      try neighbours.giveBelow(block.pull(at: visit.value[0]), visit.squaredNorm)
      state.end(variable: visit)
    }
    return try descent.variables.filter { max(below, 1)...top ~= $0 && $0 != below && $0 < last }
      .map { l in
        var visit = l < top || !hasAbove ? bounded(l, on: pool) : state.visit(variable: l)
        var pull: Tensor<S>?
        if l == top, hasAbove {
          (pull, visit.squaredNorm) = try neighbours.takeFromAbove(point.x[top].shape)
        }
        let block = VariableBlock(
          l, descent.energy, point, squaredNorm: visit.squaredNorm, pull: pull, on: pool)
        let measure = block.stationarity(at: visit.value)
        state.end(variable: visit)
        return measure * measure
      }
  }

  private mutating func bounded(_ l: Int, on pool: WorkerPool) -> BlockVisit<S> {
    var visit = state.visit(variable: l)
    visit.boundMapAbove(descent.energy.network, at: point, on: pool)
    return visit
  }

  /// How far each weight block of some of its layers that is trained is from being stationary, with all samples of
  /// `x_{c-1}, …, x_d` for the layers `c...d`.
  package mutating func stationarity(
    ofParametersOf layers: ClosedRange<Int>, at x: [Tensor<S>], on pool: WorkerPool
  ) -> [Double] {
    let (range, own) = ((layers.lowerBound - 1)...layers.upperBound, state.point.x)
    state.point.x.replaceSubrange(range, with: x)
    defer { state.point.x.replaceSubrange(range, with: own[range]) }
    return layers.filter { descent.energy.network.layers[$0 - 1].isTrainable }.map { l in
      var visit = state.visit(parametersOf: l)
      let block = descent.parameterBlock(&visit, state, on: pool)
      let measure = block.stationarity(at: visit.value)
      state.end(parameters: visit)
      return measure
    }
  }
}
