import Lifted
import Tensors

// Who has what of a state, and how it comes to be whole on the first rank and parts on the others.
extension LayerParallelSteps {
  /// Parameters and vectors go to the owners of their layers, kept variables to those of their samples too; each
  /// rank forgets what is others'.
  mutating func handOut(_ state: inout TrainingState<S>) throws {
    let all = training.communicator
    owners = try all.split(colour: training.part, key: training.owner)
    parts = try all.split(colour: training.owner, key: training.part)
    state.layerSteps = try all.broadcast(value: state.layerSteps)
    state.progress = try all.broadcast(value: state.progress)
    let keeps = try all.broadcast(value: !state.kept.isEmpty)
    if all.isRoot {
      for rank in 1..<max(all.size, 1) { try send(state, to: rank, keeps: keeps) }
      return
    }
    for l in 1...network.depth where !layers.contains(l) {
      (state.theta.layers[l - 1], state.memory[l - 1]) = ([], [])
    }
    state.kept =
      keeps ? training.method.keptVariables(of: network).map { _ in Tensor(shape: [0]) } : []
    for l in layers {
      try receive(&state.theta.layers[l - 1], from: 0)
      try receive(&state.memory[l - 1], from: 0)
    }
    guard keeps else { return }
    for l in hidden {
      state.kept[l - 1] = Tensor(shape: [training.ownSamples.count, network.widths[l]])
      try all.receive(&state.kept[l - 1], from: 0, tag: GridTag.state.rawValue)
    }
  }

  private func send(_ state: TrainingState<S>, to rank: Int, keeps: Bool) throws {
    let (all, other) = (training.communicator, place(of: rank))
    for l in other.layers {
      for tensor in state.theta.layers[l - 1] + state.memory[l - 1] {
        try all.send(tensor, to: rank, tag: GridTag.state.rawValue)
      }
    }
    guard keeps else { return }
    for l in hidden(of: other.layers) {
      try all.send(state.kept[l - 1].rows(other.samples), to: rank, tag: GridTag.state.rawValue)
    }
  }

  private func receive(_ tensors: inout [Tensor<S>], from rank: Int) throws {
    for k in tensors.indices {
      try training.communicator.receive(&tensors[k], from: rank, tag: GridTag.state.rawValue)
    }
  }

  /// The layers and the samples of a rank.
  private func place(of rank: Int) -> (layers: ClosedRange<Int>, samples: Range<Int>, part: Int) {
    let (p, q) = (rank % training.grid.owning, rank / training.grid.owning)
    return (
      training.grid.owners.layers[p], training.shards.samples(of: training.shards.owned(by: q)), q
    )
  }

  /// The first rank receives from each owner's first part the parameters and the vectors of maps, from keepers those of
  /// inputs, and from every rank its kept variables.
  func collect(_ state: inout TrainingState<S>) throws {
    let all = training.communicator
    let keeps = !training.method.keptVariables(of: network).isEmpty && state.kept.count > 0
    guard all.isRoot else { return try giveBack(state, keeps: keeps) }
    if keeps { widen(&state.kept) }
    for rank in 1..<max(all.size, 1) {
      let other = place(of: rank)
      for l in other.layers {
        if other.part == 0 {
          state.theta.layers[l - 1] = network.layers[l - 1].stage.parameters.map {
            Tensor(shape: $0.shape)
          }
          try receive(&state.theta.layers[l - 1], from: rank)
          try all.receive(&state.memory[l - 1][0], from: rank, tag: GridTag.state.rawValue)
        }
        if training.grid.keeper(ofLayer: l, owner: rank % training.grid.owning) == other.part {
          try all.receive(&state.memory[l - 1][1], from: rank, tag: GridTag.state.rawValue)
        }
        guard keeps, l < network.depth else { continue }
        var rows = Tensor<S>(shape: [other.samples.count, network.widths[l]])
        try all.receive(&rows, from: rank, tag: GridTag.state.rawValue)
        state.kept[l - 1].setRows(other.samples, to: rows)
      }
    }
  }

  private func giveBack(_ state: TrainingState<S>, keeps: Bool) throws {
    let all = training.communicator
    for l in layers {
      if training.part == 0 {
        for tensor in state.theta.layers[l - 1] + state.memory[l - 1].prefix(1) {
          try all.send(tensor, to: 0, tag: GridTag.state.rawValue)
        }
      }
      if training.grid.keeper(ofLayer: l, owner: training.owner) == training.part {
        try all.send(state.memory[l - 1][1], to: 0, tag: GridTag.state.rawValue)
      }
      guard keeps, l < network.depth else { continue }
      try all.send(state.kept[l - 1], to: 0, tag: GridTag.state.rawValue)
    }
  }

  /// Makes room for the variables of all layers and samples.
  private func widen(_ kept: inout [Tensor<S>]) {
    let own = training.ownSamples
    for l in 1..<network.depth
    where kept[l - 1].shape != [training.shards.samples, network.widths[l]] {
      var whole = Tensor<S>(shape: [training.shards.samples, network.widths[l]])
      if hidden.contains(l), kept[l - 1].rows == own.count { whole.setRows(own, to: kept[l - 1]) }
      kept[l - 1] = whole
    }
  }

  /// Nothing: what one rank has no other has, but copies.
  func agree(on state: inout TrainingState<S>) {}
}
