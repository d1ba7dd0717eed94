import Tensors

/// A regulariser that is `g` alone: a convex function of a row whose proximal map is known in closed
/// form.
///
/// A conforming type states ``Prior/check(columns:)`` and the two functions of one row.
public protocol RowRegulariser: Regulariser {
  /// `J(u)` of a row of `count` numbers; `+infinity` outside the domain.
  func value<S: TensorScalar>(of u: UnsafePointer<S>, count: Int) -> Double

  /// `out <- prox_{step J}(v)` for a row of `count` numbers, `step > 0`; `out` may be `v`.
  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int)
}

extension RowRegulariser {
  public var hasSimplePart: Bool { true }

  public func simpleValues<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    u.eachRow(on: pool) { _, row in value(of: row, count: u.columns) }
  }

  public func proxOfSimplePart<S: TensorScalar>(
    _ u: inout Tensor<S>, step: S, on pool: WorkerPool
  ) {
    precondition(step > 0, "a proximal map of step \(step)")
    let (rows, columns) = (u.rows, u.columns)
    u.withMutablePointer { u in
      pool.forEach(rows) {
        let row = u + $0 * columns
        prox(of: UnsafePointer(row), step: step, into: row, count: columns)
      }
    }
  }
}
