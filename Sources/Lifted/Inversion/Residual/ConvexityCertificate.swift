import RealModule

/// Whether the lifted functional of a monotone residual network is convex in all its variables at once.
///
///     E(u, z) = lambda/2 ||K u - f||^2 + B(z, W u + b) + rho/2 ||M u - W^T z||^2
///
/// is convex in `(u, z)` if
///
///     Q = lambda K^T K - I / rho - M - M^T  >=  0
///
/// since `-<z, W u> = -<M u, u> + <M u - W^T z, u>`. For a chain of `l` blocks with `V = W^T`, whatever `W`, `Q`
/// is block tridiagonal, and its eigenvalues are those of
///
///     tridiag(diagonal (2, …, 2, lambda s^2), off the diagonal -1) - 1/rho       (l + 1 rows)
///
/// `s` the singular values of the head `C`, 1 without one; the least `s` decides. With a minus sign in the blocks,
/// `u_k = u_{k-1} - W_k^T sigma(…)`, the 2 and -1 change sign, and no `rho` makes it convex.
///
/// The condition is sufficient. It fails for a head that is not injective, such as a classifier's.
///
/// Source: Wang et al., arXiv 2510.09796, the convexity condition; the eigenvalues are derived here.
public struct ConvexityCertificate: Sendable, Equatable {
  /// Blocks `l`.
  public let depth: Int
  /// The sign of the blocks.
  public let sign: Sign
  /// `lambda s^2`.
  public let fidelity: Double
  /// `rho`; infinite for an exact constraint.
  public let rho: Double
  /// The least eigenvalue of `Q`.
  public let smallestEigenvalue: Double
  /// The least `rho` with `Q >= 0`; `nil` if there is none.
  public let leastRho: Double?

  /// The sign of `W^T sigma(W u + b)` in a block.
  public enum Sign: Double, Sendable, Codable, CaseIterable {
    /// `u + W^T sigma(W u + b)`, monotone.
    case plus = 1
    /// `u - W^T sigma(W u + b)`.
    case minus = -1
  }

  /// Whether `Q >= 0`, to rounding.
  public var isCertified: Bool { smallestEigenvalue >= -1e-12 }

  /// - Parameters:
  ///   - depth: blocks `l`, at least 1.
  ///   - lambda: the weight of the fidelity, `> 0`.
  ///   - headMinimum: the least singular value of the head, `>= 0`; 0 if it is not injective.
  ///   - rho: the weight of the constraint, `> 0` or infinite.
  ///   - sign: the sign of the blocks.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    depth: Int, lambda: Double, headMinimum: Double = 1, rho: Double, sign: Sign = .plus
  ) throws(SolverError) {
    try SolverError.requireInterval(depth, "depth")
    try SolverError.requirePositive(lambda, "lambda")
    guard headMinimum >= 0, headMinimum.isFinite else {
      throw .outOfRange(
        parameter: "headMinimum", value: headMinimum, admissible: "a finite number, at least 0")
    }
    guard rho > 0 else {
      throw .outOfRange(parameter: "rho", value: rho, admissible: "greater than 0")
    }
    (self.depth, self.sign, self.rho) = (depth, sign, rho)
    fidelity = lambda * headMinimum * headMinimum
    let diagonal =
      Array(repeating: 2 * sign.rawValue, count: depth) + [fidelity]
    let least = Self.leastEigenvalue(diagonal)
    smallestEigenvalue = least - 1 / rho
    leastRho = least > 1e-12 ? 1 / least : nil
  }

  /// The least eigenvalue of the tridiagonal matrix with this diagonal and `-1` (or `1`: the same) beside it, by
  /// bisection on the number of negative pivots (Sturm). Cost: `60 n`.
  static func leastEigenvalue(_ diagonal: [Double]) -> Double {
    var (low, high) = ((diagonal.min() ?? 0) - 2, diagonal.min() ?? 0)
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return middle }
      var pivot = 1.0
      let isBelow = diagonal.enumerated().contains { index, entry in
        pivot = entry - middle - (index > 0 ? 1 / pivot : 0)
        return pivot <= 0
      }
      if isBelow { high = middle } else { low = middle }
    }
  }
}
