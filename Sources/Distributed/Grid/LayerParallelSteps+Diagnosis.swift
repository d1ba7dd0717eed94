import Lifted
import Tensors

// What all ranks together find of a point at the end of an epoch.
extension LayerParallelSteps {
  struct Finding {
    let value: EnergyValue
    let stationarity: Double?
    let consistencyGaps: [Double]
  }

  /// The terms of the energy, how far blocks are from being stationary and variables from the network; the same
  /// on all ranks.
  func diagnose(
    _ share: inout LayerShare<S>, _ batch: GridBatch, on pool: WorkerPool
  ) throws -> Finding {
    let depth = network.depth
    var sums = Array(repeating: 0.0, count: 5 * depth)
    let (terms, gaps) = (share.terms(on: pool), share.squaredGaps(on: pool))
    let part = Double(batch.own.count) / Double(batch.count)
    for (k, l) in layers.enumerated() {
      sums[l - 1] = terms[k].penalties.reduce(0, +) * part
      sums[depth + l - 1] = terms[k].layerRegularisers * part
      if training.part == 0 { sums[2 * depth + l - 1] = terms[k].weightPenalty }
      sums[3 * depth + l - 1] = gaps[k]
    }
    let neighbours = RankNeighbours<S>(owners)
    let squares = try share.squaredStationarity(with: neighbours, on: pool)
    try neighbours.finish()
    for (l, square) in zip(layers, squares) { sums[4 * depth + l - 1] = square }
    let worst = try parameterStationarity(&share, batch, on: pool)
    sums = try training.communicator.allReduce(sums)
    let ofVariables = sums[(4 * depth)...].dropLast().map {
      ($0 / Double(batch.count)).squareRoot()
    }
    // The greatest of numbers of which one is none would be any of them.
    let distances = (ofVariables + worst).map { $0.isNaN ? .infinity : $0 }
    let ofAll = try training.communicator.allReduce([distances.max() ?? 0], by: .maximum)
    return Finding(
      value: EnergyValue(
        penalties: Array(sums[..<depth]),
        layerRegularisers: sums[depth..<(2 * depth)].reduce(0, +),
        weightPenalty: sums[(2 * depth)..<(3 * depth)].reduce(0, +)),
      stationarity: ofAll[0],
      consistencyGaps: (1...depth).map { l in
        (sums[3 * depth + l - 1] / Double(batch.count * network.widths[l])).squareRoot()
      })
  }

  private func parameterStationarity(
    _ share: inout LayerShare<S>, _ batch: GridBatch, on pool: WorkerPool
  ) throws -> [Double] {
    let x =
      training.grid.parts == 1
      ? Array(share.point.x[(layers.lowerBound - 1)...layers.upperBound])
      : try gather(share.point.x, batch)
    guard let kept = training.grid.keepers[training.owner][training.part] else {
      return []
    }
    return share.stationarity(ofParametersOf: kept, at: x, on: pool)
  }
}
