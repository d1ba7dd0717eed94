import Tensors

/// A worker of ``ConsensusADMM``: its weights `W^p`, and what it has paid for not agreeing, `U^p`.
package struct ConsensusWorker<S: TensorScalar>: Sendable, Equatable {
  /// `W^p`.
  private var theta: [Tensor<S>]
  /// `U^p`.
  private var multipliers: [Tensor<S>]
  /// `L_p`.
  package let lipschitz: Double

  /// A worker at a point, multipliers zero, for its rows of a problem.
  package init(
    at theta: [Tensor<S>], _ problem: LayerProblem<S>, _ rows: Range<Int>, on pool: WorkerPool
  ) {
    self.theta = theta
    multipliers = theta.map { Tensor(shape: $0.shape) }
    lipschitz = problem.partLipschitz(of: rows, on: pool)
  }

  /// `W^p + U^p`, what the others get to know.
  package var proposal: [Tensor<S>] {
    var sum = theta
    for slot in sum.indices { sum[slot].combine(1, 1, multipliers[slot]) }
    return sum
  }

  /// Gradient steps of length `1/(L_p + rho)` on `E_p(W) + rho/2 ||W - Z + U^p||^2`.
  package mutating func move(
    _ steps: Int, towards z: [Tensor<S>], rho: Double, _ problem: LayerProblem<S>,
    _ rows: Range<Int>, on pool: WorkerPool
  ) {
    let (rho, step) = (S(rho), S(1 / (lipschitz + rho)))
    for _ in 0..<steps {
      let residual = problem.residual(of: rows, at: theta, on: pool)
      var gradient = problem.gradient(of: residual, rows, on: pool)
      for slot in gradient.indices {
        gradient[slot].combine(1, rho, theta[slot])
        gradient[slot].combine(1, -rho, z[slot])
        gradient[slot].combine(1, rho, multipliers[slot])
        theta[slot].combine(1, -step, gradient[slot])
      }
    }
  }

  /// `U^p <- U^p + W^p - Z`.
  package mutating func agree(on z: [Tensor<S>]) {
    for slot in z.indices {
      multipliers[slot].combine(1, 1, theta[slot])
      multipliers[slot].combine(1, -1, z[slot])
    }
  }

  /// `||W^p - Z||`.
  package func distance(to z: [Tensor<S>]) -> Double {
    zip(theta, z).reduce(0) { sum, pair in
      var difference = pair.0
      difference.combine(1, -1, pair.1)
      return sum + difference.squaredNorm
    }.squareRoot()
  }
}
