import Proximal
import Tensors

/// `alpha J(x_0)`, what is known of the input before it is measured: the regulariser of an inversion.
///
/// In the energy, a mean over samples, it is `alpha/s sum_i J(x_0^i)`; in the input's block, which works with
/// `s E`, it is `alpha J` of each row.
public struct InputPenalty: Sendable {
  /// The weight, `> 0`.
  public let alpha: Double
  /// `J`, or what stands for its proximal map.
  public let prior: any Prior
  /// `J`; `nil` for a prior without a value, such as a denoiser, which counts nothing in the energy and acts by
  /// its map alone.
  public var regulariser: (any Regulariser)? { prior as? any Regulariser }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)`` unless `alpha` is finite and `> 0`.
  public init(alpha: Double, _ prior: any Prior) throws(SolverError) {
    try SolverError.requirePositive(alpha, "alpha")
    (self.alpha, self.prior) = (alpha, prior)
  }

  /// Refuses inputs of a width that `J` does not take.
  func check(inputs: Int) throws(SolverError) {
    do { try prior.check(columns: inputs) } catch {
      throw .unsuitable("the input's penalty does not fit: \(error)")
    }
  }

  /// `alpha J` of each row; zeros for a prior without a value.
  public func values<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    regulariser?.values(of: u, on: pool).map { alpha * $0 }
      ?? Array(repeating: 0, count: u.rows)
  }

  /// `u <- argmin_u 1/2 ||u - v||^2 + step alpha J(u)`, `v` the value of `u` before. What is iterated goes on
  /// until an iteration changes nothing that matters, so that no memory is needed.
  func settledProx<S: TensorScalar>(_ u: inout Tensor<S>, step: Double, on pool: WorkerPool) {
    let v = u
    var memory = RegulariserMemory<S>()
    var last = v
    for _ in 0..<Self.mostCalls {
      u = v
      prior.prox(of: &u, step: S(step * alpha), &memory, on: pool)
      guard memory != RegulariserMemory<S>() else { return }
      last.combine(-1, 1, u)
      let enough = 10 * Double(S.ulpOfOne)
      if last.squaredNorm <= enough * enough * u.squaredNorm { return }
      last = u
    }
  }

  private static let mostCalls = 200
}

extension Energy {
  /// Refuses `alpha J` for solvers that treat each number of the input by itself.
  func requireNoInputPenalty(for solver: String) throws(SolverError) {
    guard inputPenalty == nil else {
      throw .unsuitable(
        "\(solver) moves each number by itself, but the input's penalty joins them; "
          + "use proximalGradient or acceleratedGradient")
    }
  }
}
