import Proximal
import Tensors

/// An iteration for ``LayerInversion``. It is an immutable description; what changes is in
/// ``InversionState``, and when to end is ``InversionStopRule``'s business:
///
///     var state = solver.start(problem, from: zero, on: pool)
///     for _ in 0..<200 { solver.step(&state, problem, on: pool) }
///
/// A state may be carried on under another `alpha`: that is a warm start. Rows never mix.
public protocol InversionSolver: Sendable {
  /// Refuses what it cannot solve.
  /// - Throws: ``SolverError`` with the reason and an alternative.
  func check<S: TensorScalar>(_ problem: LayerInversion<S>) throws(SolverError)

  /// The state at `u`.
  func start<S: TensorScalar>(
    _ problem: LayerInversion<S>, from u: Tensor<S>, on pool: WorkerPool
  ) -> InversionState<S>

  /// One iteration of all rows.
  func step<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool)

  /// Whether it approaches the minimiser of `c B + alpha J`. Those that regularise by ending early do not, and
  /// no duality gap is looked for.
  var minimises: Bool { get }
}

extension InversionSolver {
  /// Nothing is refused.
  public func check<S: TensorScalar>(_ problem: LayerInversion<S>) throws(SolverError) {}

  public func start<S: TensorScalar>(
    _ problem: LayerInversion<S>, from u: Tensor<S>, on pool: WorkerPool
  ) -> InversionState<S> {
    InversionState(at: u, problem, on: pool)
  }

  public var minimises: Bool { true }
}

extension LayerInversion {
  /// `||K||^2`, `K` the linear map inside `J`; 0 without one.
  var squaredNormOfMap: Double { regulariser.squaredNorm(columns: inputs) }

  /// Whether `J` has a linear map inside.
  var hasMap: Bool { regulariser.duals(columns: inputs) > 0 }

  /// `K (u, w)`.
  func mapped(_ u: Tensor<S>, _ w: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var p = Tensor<S>(shape: [u.rows, regulariser.duals(columns: inputs)])
    if hasMap { regulariser.apply(u, w, into: &p, on: pool) }
    return p
  }

  /// `K^* p`.
  func pulledMap(_ p: Tensor<S>, on pool: WorkerPool) -> (u: Tensor<S>, w: Tensor<S>) {
    var u = Tensor<S>(shape: [p.rows, inputs])
    var w = Tensor<S>(shape: [p.rows, regulariser.auxiliaries(columns: inputs)])
    if hasMap { regulariser.adjoint(of: p, into: &u, &w, on: pool) }
    return (u, w)
  }
}

/// `a x + b y`.
func sum<S: TensorScalar>(
  _ a: Double, _ x: Tensor<S>, _ b: Double, _ y: Tensor<S>
) -> Tensor<S> {
  var sum = x
  sum.combine(S(a), S(b), y)
  return sum
}
