@testable import Tensors

/// Normal numbers from a fixed seed.
func sample<S: TensorScalar>(_ count: Int, lane: UInt64 = 0) -> [S] {
  var stream = RandomStream(seed: 7, .probe, lane: lane)
  return (0..<count).map { _ in S(stream.normal()) }
}

/// `|a - b| <= units` units in the last place of `b`; NaN equals NaN, an infinity itself.
func areClose<S: TensorScalar>(_ a: S, _ b: S, units: S) -> Bool {
  if a == b || (a.isNaN && b.isNaN) { return true }
  guard b.isFinite else { return false }
  return abs(a - b) <= units * max(b.ulp, S.leastNormalMagnitude)
}

extension Array {
  /// A writable pointer to the elements.
  mutating func withPointer<Result>(_ body: (UnsafeMutablePointer<Element>) -> Result) -> Result {
    withUnsafeMutableBufferPointer { body($0.baseAddress!) }
  }
}

extension WorkerPool {
  /// `c <- alpha op(a) op(b) + beta c` on arrays.
  func product<S: TensorScalar>(
    _ a: [S], _ b: [S], transposed: (Bool, Bool) = (false, false), into c: inout [S], m: Int,
    n: Int, k: Int, alpha: S = 1, beta: S = 0,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        let (a, b) = (a.baseAddress!, b.baseAddress!)
        c.withPointer { c in
          product(
            transposed.0 ? .transposed(a) : .plain(a), transposed.1 ? .transposed(b) : .plain(b),
            into: c, m: m, n: n, k: k, alpha: alpha, beta: beta
          ) { finish?($0, c) }
        }
      }
    }
  }
}
