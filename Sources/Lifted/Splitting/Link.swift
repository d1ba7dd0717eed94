import Tensors

/// What ties the activation `x_l` of a hidden layer to its pre-activation `z_l` in a split energy, with
/// the two blocks that it takes part in.
protocol Link: Sendable {
  /// `alpha >= 0` of the anchors `alpha/2 ||x - x_k||^2` and `alpha/2 ||z - z_k||^2` on what the blocks move.
  var anchor: Double { get }

  /// Refuses layers whose blocks have no minimiser at hand.
  func check(_ layer: Layer) throws(SolverError)

  /// `sum_i link(x_i, z_i)` over the samples.
  func value<S: TensorScalar>(
    _ x: Tensor<S>, _ z: Tensor<S>, _ layer: Layer, on pool: WorkerPool
  ) -> Double

  /// `t <- argmin_z link(x, z) + rho/2 ||z - t||^2`
  func settle<S: TensorScalar>(
    _ t: inout Tensor<S>, with x: Tensor<S>, rho: Double, _ layer: Layer, on pool: WorkerPool)

  /// `x <- argmin_x link(x, z) + rho/2 ||A x - c||^2 + S(x)` and the anchor, from the present `x`.
  func settle<S: TensorScalar>(
    variable x: inout Tensor<S>, with z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool) throws(SolverError)

  /// `x <- prox_{G/L}(x - grad H(x)/L)` in the same block but for the anchor; returns `1/L`.
  func step<S: TensorScalar>(
    variable x: inout Tensor<S>, with z: Tensor<S>, _ layer: Layer, _ next: AffineTerm<S>,
    on pool: WorkerPool
  ) -> Double
}
