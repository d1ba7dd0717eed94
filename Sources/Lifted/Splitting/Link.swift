import Tensors

/// What ties the activation `x_l` of a hidden layer to its pre-activation `z_l` in a split energy, with
/// the two blocks that it takes part in.
protocol Link: Sendable {
  /// Refuses layers whose blocks have no minimiser at hand.
  func check(_ layer: Layer) throws(SolverError)

  /// `sum_i link(x_i, z_i)` over the samples.
  func value<S: TensorScalar>(
    _ x: Tensor<S>, _ z: Tensor<S>, _ layer: Layer, on pool: WorkerPool
  ) -> Double

  /// `t <- argmin_z link(x, z) + rho/2 ||z - t||^2`
  func settle<S: TensorScalar>(
    _ t: inout Tensor<S>, with x: Tensor<S>, rho: Double, _ layer: Layer, on pool: WorkerPool)

  /// `x <- argmin_x link(x, z) + rho/2 ||A x - c||^2 + S(x)`, from the present `x`.
  func settle<S: TensorScalar>(
    variable x: inout Tensor<S>, with z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool) throws(SolverError)
}

extension Tensor {
  /// Runs `work(row of self, same row of other)` for all rows, side by side.
  mutating func forEachRow(
    with other: Tensor, on pool: WorkerPool,
    _ work: (UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>) -> Void
  ) {
    precondition(shape == other.shape, "rows of shapes \(shape) and \(other.shape)")
    let width = columns
    other.withPointer { other in
      forEachBand(on: pool) { tile, own in
        for row in tile.rows { work(own + row * width, other + row * width) }
      }
    }
  }
}
