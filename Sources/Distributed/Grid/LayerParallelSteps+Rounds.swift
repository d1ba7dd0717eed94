import Lifted
import Tensors

// The rounds of a step: variables with the neighbours, then weights by their keepers.
extension LayerParallelSteps {
  /// The rounds on a batch.
  func move(
    _ share: inout LayerShare<S>, _ batch: GridBatch, on pool: WorkerPool
  ) throws {
    let neighbours = RankNeighbours<S>(owners)
    for _ in 0..<training.method.rounds {
      try share.moveVariables(with: neighbours, on: pool)
      if training.grid.parts == 1 {
        share.moveParameters(of: layers, on: pool)
      } else {
        try moveParameters(&share, batch, on: pool)
      }
      try neighbours.finish()
    }
  }

  /// The weights of its layers: each keeper gathers the samples of the variables it needs, moves its layers and
  /// tells the others.
  private func moveParameters(
    _ share: inout LayerShare<S>, _ batch: GridBatch, on pool: WorkerPool
  ) throws {
    let keepers = training.grid.keepers[training.owner]
    let x = try gather(share.point.x, batch)
    if let kept = keepers[training.part] { share.moveParameters(of: kept, at: x, on: pool) }
    for l in layers where network.layers[l - 1].isTrainable {
      let keeper = training.grid.keeper(ofLayer: l, owner: training.owner)
      var theta = share.point.theta.layers[l - 1]
      for slot in theta.indices { try parts.broadcast(&theta[slot], from: keeper) }
      if keeper != training.part { share.setParameters(ofLayer: l, to: theta) }
    }
  }

  /// `x_{c-1}, …, x_d` of the whole batch on the keeper of the layers `c...d`.
  func gather(_ x: [Tensor<S>], _ batch: GridBatch) throws -> [Tensor<S>] {
    var (whole, sent): ([Tensor<S>], [PendingTensor<S>]) = ([], [])
    for (keeper, kept) in training.grid.keepers[training.owner].enumerated() {
      guard let kept, keeper != training.part, !batch.own.isEmpty else { continue }
      for l in (kept.lowerBound - 1)...kept.upperBound {
        sent.append(try parts.startSend(x[l], to: keeper, tag: GridTag.samples.rawValue + l))
      }
    }
    if let kept = training.grid.keepers[training.owner][training.part] {
      for l in (kept.lowerBound - 1)...kept.upperBound {
        var all = Tensor<S>(shape: [batch.count, network.widths[l]])
        for (part, rows) in batch.rows.enumerated() where !rows.isEmpty {
          var own = x[l]
          if part != training.part {
            own = Tensor(shape: [rows.count, network.widths[l]])
            try parts.receive(&own, from: part, tag: GridTag.samples.rawValue + l)
          }
          all.setRows(rows, to: own)
        }
        whole.append(all)
      }
    }
    for message in sent { try message.finish() }
    return whole
  }
}
