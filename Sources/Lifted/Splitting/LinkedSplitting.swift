import Tensors

/// A formulation with pre-activations, its augmented Lagrangian a ``SplitEnergy``: what those have in
/// common.
protocol LinkedSplitting: Splitting {
  /// What ties a hidden layer's activation to its pre-activation.
  func link(rho: Double) -> any Link
}

extension LinkedSplitting {
  func energy(_ task: SplitTask) -> SplitEnergy {
    SplitEnergy(task: task, link: link(rho: task.rho))
  }

  /// Every hidden layer must suit the link; any head will do.
  public func check(_ network: Network) throws(SolverError) {
    for layer in network.layers.dropLast() { try link(rho: 1).check(layer) }
  }

  public func value<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double {
    energy(task).value(at: point, on: pool)
  }

  public func stationarity<S: TensorScalar>(
    at point: SplitPoint<S>, _ task: SplitTask, on pool: WorkerPool
  ) -> Double? {
    energy(task).stationarity(at: point, on: pool)
  }
}
