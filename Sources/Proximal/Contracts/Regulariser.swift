import Tensors

/// A convex function `J` of an unknown picture or row of numbers: what is known of it before it is
/// measured.
///
///     J(u) = g(u) + min_w h(K (u, w))
///
/// `g` has a proximal map in closed form, `K` is linear, `h^*` has a proximal map in closed form, and `w`
/// are auxiliary variables of `J` itself, as in total generalised variation. A function without a linear
/// map inside is `g` alone. Primal-dual solvers work with the parts, all others with ``prox(of:step:_:on:)``.
///
/// Batches are matrices with one unknown in each row; rows never mix. Results are the same bits for any
/// number of threads.
public protocol Regulariser: Sendable {
  /// Refuses rows that it cannot take, such as those that are no pictures of its extents.
  /// - Throws: ``ProximalError``.
  func check(columns: Int) throws(ProximalError)

  /// `J` of each row; `+infinity` outside the domain.
  func values<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double]

  /// `u <- argmin_u 1/2 ||u - v||^2 + step J(u)` for each row, `v` the value of `u` before, `step > 0`.
  /// Where there is no closed form it is iterated, from what `memory` kept of the last call.
  func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool)

  /// Numbers in `w` for rows of `columns` numbers; 0 by default.
  func auxiliaries(columns: Int) -> Int
  /// Numbers in `K (u, w)` for rows of `columns` numbers; 0 by default: no linear map.
  func duals(columns: Int) -> Int
  /// An upper bound of `||K||^2`; 0 by default.
  func squaredNorm(columns: Int) -> Double
  /// `p <- K (u, w)`.
  func apply<S: TensorScalar>(
    _ u: Tensor<S>, _ w: Tensor<S>, into p: inout Tensor<S>, on pool: WorkerPool)
  /// `(u, w) <- K^* p`.
  func adjoint<S: TensorScalar>(
    of p: Tensor<S>, into u: inout Tensor<S>, _ w: inout Tensor<S>, on pool: WorkerPool)
  /// `p <- prox_{step (alpha h)^*}(p)`, `step, alpha > 0`: for norms a projection onto `alpha` times the dual
  /// ball.
  func proxOfDual<S: TensorScalar>(
    _ p: inout Tensor<S>, step: S, weight alpha: S, on pool: WorkerPool)
  /// `u <- prox_{step g}(u)`, `step > 0`; by default nothing, `g = 0`.
  func proxOfSimplePart<S: TensorScalar>(_ u: inout Tensor<S>, step: S, on pool: WorkerPool)
}

/// What an iterated proximal map keeps from call to call; empty at first.
public struct RegulariserMemory<S: TensorScalar>: Sendable, Equatable {
  /// Dual variables and the like, as the regulariser likes.
  public var tensors: [Tensor<S>] = []

  /// Nothing yet.
  public init() {}
}
