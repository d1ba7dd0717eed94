import Tensors

/// A worker of ``ConsensusTraining``: its weights, and what it has paid for not agreeing.
package struct ConsensusReplica<S: TensorScalar>: Sendable {
  /// `W^p`; what is not trained is that of `Z`.
  package var theta: Parameters<S>
  /// `U^p`, in the places of the blocks that are trained.
  package var multipliers: [[Tensor<S>]]

  /// The gradient step on this worker's samples of a batch and the pull towards `Z`; the sum of the losses
  /// before it.
  /// - Parameters:
  ///   - z: what all agree on.
  ///   - batch: the worker's samples of the batch, maybe none.
  ///   - whole: samples of the whole batch.
  package mutating func move(
    towards z: Parameters<S>, on batch: Batch<S>, of whole: Int, _ states: inout LayerStates<S>,
    _ network: Network, by method: ConsensusTraining, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError) -> Double {
    var (loss, gradient) = (0.0, [[Tensor<S>]]())
    if batch.inputs.rows > 0 {
      (loss, gradient) = try states.gradient(
        of: batch, by: method.signal, network, at: theta, nudge: method.nudge,
        scale: S(Double(method.workers) / (Double(whole) * method.nudge)), on: pool)
    }
    let step = method.step(stepFactor)
    let pull = S(step * method.rho)
    for l in multipliers.indices {
      for slot in multipliers[l].indices {
        if gradient.isEmpty {
          theta.layers[l][slot].scale(by: 1 - pull)
        } else {
          theta.layers[l][slot].combine(1 - pull, S(-step), gradient[l][slot])
        }
        theta.layers[l][slot].combine(1, pull, z.layers[l][slot])
        theta.layers[l][slot].combine(1, -pull, multipliers[l][slot])
      }
    }
    theta.share(in: network)
    return loss
  }

  /// `W^p + U^p`, what the others get to know, block by block.
  package var proposal: [[Tensor<S>]] {
    multipliers.indices.map { l in
      multipliers[l].indices.map { slot in
        var sum = theta.layers[l][slot]
        sum.combine(1, 1, multipliers[l][slot])
        return sum
      }
    }
  }

  /// `U^p <- U^p + W^p - Z`, and the next round starts at `Z`.
  package mutating func agree(on z: Parameters<S>) {
    for l in multipliers.indices {
      for slot in multipliers[l].indices {
        multipliers[l][slot].combine(1, 1, theta.layers[l][slot])
        multipliers[l][slot].combine(1, -1, z.layers[l][slot])
      }
    }
    theta = z
  }
}

// In a training state `memory[l - 1]` holds, worker by worker, `W^p` and then `U^p` of a trained block.
extension TrainingState {
  /// Moves a worker out of the state; before the first step it starts at `Z`.
  package mutating func takeReplica(_ worker: Int, _ network: Network) -> ConsensusReplica<S> {
    var replica = ConsensusReplica(
      theta: theta, multipliers: Array(repeating: [], count: theta.layers.count))
    for l in memory.indices where !memory[l].isEmpty {
      let count = theta.layers[l].count
      let first = 2 * worker * count
      if progress.step > 0 {
        replica.theta.layers[l] = (first..<(first + count)).map { detach(&memory[l][$0]) }
      }
      replica.multipliers[l] = (first..<(first + count)).map { detach(&memory[l][$0 + count]) }
    }
    replica.theta.share(in: network)
    return replica
  }

  /// The numbers of memory that belong to one of some workers; nothing but these travels between ranks.
  package func memory(ofWorker p: Int, of workers: Int) -> [Tensor<S>] {
    memory.flatMap { $0[(p * $0.count / workers)..<((p + 1) * $0.count / workers)] }
  }

  /// Puts such numbers in their places.
  package mutating func setMemory(ofWorker p: Int, of workers: Int, to tensors: [Tensor<S>]) {
    var rest = tensors[...]
    for l in memory.indices {
      let own = (p * memory[l].count / workers)..<((p + 1) * memory[l].count / workers)
      memory[l].replaceSubrange(own, with: rest.prefix(own.count))
      rest = rest.dropFirst(own.count)
    }
  }

  /// Puts a worker back.
  package mutating func putBack(_ replica: ConsensusReplica<S>, _ worker: Int) {
    for l in memory.indices where !memory[l].isEmpty {
      let count = theta.layers[l].count
      for slot in 0..<count {
        memory[l][2 * worker * count + slot] = replica.theta.layers[l][slot]
        memory[l][(2 * worker + 1) * count + slot] = replica.multipliers[l][slot]
      }
    }
  }
}
