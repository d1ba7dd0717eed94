import Proximal
import Tensors

/// Accelerated proximal gradient steps, the momentum of each row started anew when it points uphill:
///
///     u^ = prox_{alpha J/L}(v - c A^*(sigma(A v + b) - f)/L),   L = c ||A||^2
///     v  = u^ + (t - 1)/t^ (u^ - u),   t^ = (1 + sqrt(1 + 4 t^2))/2
///     t^ = 1 where <v - u^, u^ - u> > 0
///
/// Where the prox of `J` is iterated it goes on from the last call's memory. Cost of an iteration: two
/// products, one adjoint and a prox.
///
/// Source: Beck and Teboulle, SIAM Journal on Imaging Sciences 2, 2009; restart: O'Donoghue and Candes,
/// Foundations of Computational Mathematics 15, 2015.
public struct FISTA: InversionSolver {
  /// Whether momentum is started anew.
  public let restarts: Bool

  /// The method, with restart unless told otherwise.
  public init(restarts: Bool = true) { self.restarts = restarts }

  public func step<S: TensorScalar>(
    _ state: inout InversionState<S>, _ problem: LayerInversion<S>, on pool: WorkerPool
  ) {
    let step = 1 / max(problem.scale * problem.squaredNorm, .leastNormalMagnitude)
    let (v, old) = (state.ahead, state.u)
    var u = problem.gradient(at: v, on: pool)
    u.combine(S(-step), 1, v)
    problem.regulariser.prox(of: &u, step: S(step * problem.alpha), &state.memory, on: pool)

    var factors: [Double] = []
    let (passed, moved) = (sum(1, v, -1, u), sum(1, u, -1, old))
    for row in 0..<u.rows {
      if restarts, passed.dotOfRow(row, moved) > 0 { state.momentum[row] = 1 }
      let t = state.momentum[row]
      state.momentum[row] = (1 + (1 + 4 * t * t).squareRoot()) / 2
      factors.append((t - 1) / state.momentum[row])
    }
    state.ahead = u
    state.ahead.addRows(factors, times: moved)
    state.u = u
    state.z = problem.preactivation(at: u, on: pool)
    state.iterations += 1
  }
}

extension Tensor {
  /// `<row of self, row of other>`.
  func dotOfRow(_ row: Int, _ other: Tensor) -> Double {
    let width = columns
    return withPointer { x in
      other.withPointer { Scalar.dot(x + row * width, $0 + row * width, count: width) }
    }
  }

  /// Adds `factors[row]` times a row of `other` to each row.
  mutating func addRows(_ factors: [Double], times other: Tensor) {
    let width = columns
    withMutablePointer { x in
      other.withPointer { y in
        for (row, factor) in factors.enumerated() {
          let (x, y) = (x + row * width, y + row * width)
          Scalar.combine(1, x, Scalar(factor), y, into: x, count: width)
        }
      }
    }
  }
}
