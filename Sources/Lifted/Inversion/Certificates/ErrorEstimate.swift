import Proximal
import Tensors

/// What is certain of the error of a variational inversion, in the symmetric Bregman distance of `J`:
///
///     D_J(u_alpha, u) + D_J(u, u_alpha) <= 2 delta^2/a + a ||v||^2 + BR/a,   a = alpha/c
///     BR = Psi(f + a v) + Psi(f - a v) - 2 Psi(f)                             Burbea-Rao divergence
///
/// for the truth `u` with `B_Psi(f, A u + b) <= delta^2`, and `v` a source element, `A^* v` in the subdifferential
/// of `J` at `u`. Where `f + a v` or `f - a v` leaves the range of `sigma`, `BR` is infinite and the estimate says
/// nothing: it is vacuous.
///
/// Source: Wang and Benning, Frontiers in Applied Mathematics and Statistics 9:1176850, 2023.
public struct ErrorEstimate: Sendable, Equatable {
  /// `a`.
  public let effectiveAlpha: Double
  /// `delta^2`.
  public let deltaSquared: Double
  /// `||v||^2`.
  public let sourceSquared: Double
  /// `BR`, at least 0; `infinity` where the estimate is vacuous.
  public let burbeaRao: Double

  /// The right side; `infinity` where it says nothing.
  public var bound: Double {
    (2 * deltaSquared + burbeaRao) / effectiveAlpha + effectiveAlpha * sourceSquared
  }

  /// Whether it says nothing.
  public var isVacuous: Bool { !bound.isFinite }
}

extension LayerInversion {
  /// The estimate of each row.
  /// - Parameters:
  ///   - source: `v`, one in each row, of the measurements' shape.
  ///   - deltaSquared: `delta^2` of each row, at least `B_Psi(f, A u + b)` at the truth.
  /// - Throws: ``SolverError`` for shapes that do not fit.
  public func errorEstimates(
    source v: Tensor<S>, deltaSquared: [Double], on pool: WorkerPool
  ) throws(SolverError) -> [ErrorEstimate] {
    try check(source: v, deltaSquared)
    let divergences = rowValues(measurements, v, on: pool) { f, v, count in
      layer.activation.burbeaRao(f, v, S(effectiveAlpha), count: count)
    }
    return (0..<rows).map { row in
      ErrorEstimate(
        effectiveAlpha: effectiveAlpha, deltaSquared: deltaSquared[row],
        sourceSquared: v.dotOfRow(row, v), burbeaRao: divergences[row])
    }
  }

  /// The `alpha` that the estimate recommends for each row, `a = sqrt(2) delta/||v||`, for which its bound is
  /// `2 sqrt(2) delta ||v||`; smaller where `f + a v` or `f - a v` would leave the range of an activation that
  /// acts on each number. `nil` where that happens for every `alpha`, or `v` or `delta` is 0.
  /// - Throws: ``SolverError`` for shapes that do not fit.
  public func recommendedAlphas(
    source v: Tensor<S>, deltaSquared: [Double]
  ) throws(SolverError) -> [Double?] {
    try check(source: v, deltaSquared)
    let separable = layer.activation as? any SeparableActivation
    let range = separable.map { $0.range }
    return (0..<rows).map { row in
      let norm = v.dotOfRow(row, v).squareRoot()
      var a = (2 * deltaSquared[row]).squareRoot() / norm
      for j in 0..<measurements.columns where v[row, j] != 0 {
        guard let range else { break }
        let f = Double(measurements[row, j])
        a = min(a, min(f - range.lower, range.upper - f) / abs(Double(v[row, j])))
      }
      return a > 0 && a.isFinite ? a * scale : nil
    }
  }

  /// `p = A^*(f - sigma(A u + b)) / a`: at the minimiser the subgradient of `J` that belongs to it, by which
  /// Bregman distances are measured.
  public func subgradient(at u: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    gradient(at: u, on: pool).scaled(by: S(-1 / alpha))
  }

  private func check(source v: Tensor<S>, _ deltaSquared: [Double]) throws(SolverError) {
    guard v.shape == measurements.shape else {
      throw .shape(
        .mismatch(what: "source element", expected: measurements.shape, found: v.shape))
    }
    guard deltaSquared.count == rows, deltaSquared.allSatisfy({ $0 >= 0 }) else {
      throw .unsuitable("give one deltaSquared, at least 0, for each of \(rows) measurements")
    }
  }
}

extension Activation {
  /// `Psi(f + a v) + Psi(f - a v) - 2 Psi(f)`, at least 0; `infinity` outside the domain.
  func burbeaRao<S: TensorScalar>(
    _ f: UnsafePointer<S>, _ v: UnsafePointer<S>, _ a: S, count: Int
  ) -> S {
    withUnsafeTemporaryAllocation(of: S.self, capacity: count) { buffer in
      guard let y = buffer.baseAddress else { return 0 }
      func psi(_ a: S) -> S {
        S.combine(1, f, a, v, into: y, count: count)
        return value(of: UnsafePointer(y), count: count)
      }
      let sum = psi(a) + psi(-a) - 2 * psi(0)
      return sum.isFinite ? max(sum, 0) : .infinity
    }
  }
}
