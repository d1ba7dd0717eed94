import Proximal
import Tensors

/// `J(u) = 1/2 ||u||^2` whose prox is iterated, half of the way in each call: what is kept between calls
/// decides how near it gets. `calls` of them are made in one; `nil` for the closed form.
struct SlowSquare: Regulariser {
  var calls: Int?
  /// Whether no row fits.
  var refusesRows = false

  func check(columns: Int) throws(ProximalError) {
    guard refusesRows else { return }
    throw .parameter(
      function: "SlowSquare", name: "columns", value: Double(columns), admissible: "another number")
  }

  func values<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    (0..<u.rows).map { u.rows($0..<($0 + 1)).squaredNorm / 2 }
  }

  func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    guard let calls else { return u.scale(by: 1 / (1 + step)) }
    var point = memory.tensors.first ?? u
    for _ in 0..<calls { point.combine(0.5, 0.5 / (1 + step), u) }
    memory.tensors = [point]
    u = point
  }

  func auxiliaries(columns: Int) -> Int { 0 }
  func duals(columns: Int) -> Int { 0 }
  func squaredNorm(columns: Int) -> Double { 0 }
  func apply<S: TensorScalar>(
    _ u: Tensor<S>, _ w: Tensor<S>, into p: inout Tensor<S>, on pool: WorkerPool
  ) {}
  func adjoint<S: TensorScalar>(
    of p: Tensor<S>, into u: inout Tensor<S>, _ w: inout Tensor<S>, on pool: WorkerPool
  ) {}
  func proxOfDual<S: TensorScalar>(
    _ p: inout Tensor<S>, step: S, weight alpha: S, on pool: WorkerPool
  ) {}
  func proxOfSimplePart<S: TensorScalar>(_ u: inout Tensor<S>, step: S, on pool: WorkerPool) {
    u.scale(by: 1 / (1 + step))
  }
}
