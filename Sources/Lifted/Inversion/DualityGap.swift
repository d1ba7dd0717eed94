import Proximal
import Tensors

extension LayerInversion {
  /// An upper bound of objective less minimum for each row, from the dual point that belongs to `u`:
  ///
  ///     s = c A^*(f - y),   y = f + theta (sigma(A u + b) - f)
  ///     gap = c B(y, A u + b) + alpha J(u) + (alpha J)^*(s) - <s, u>  >=  P(u) - min P
  ///
  /// `theta`, at most 1, is the greatest for which `(alpha J)^*` is finite. `nil` for a `J` whose conjugate is
  /// not known (``ConjugateRegulariser``). Cost: an adjoint.
  public func gaps(at u: Tensor<S>, on pool: WorkerPool) -> [Double]? {
    (regulariser as? any ConjugateRegulariser).map {
      gaps(at: u, preactivation(at: u, on: pool), $0, on: pool)
    }
  }

  /// The gaps at a state; that of total variation, which costs more, only where it decides something.
  func gaps(
    at state: InversionState<S>, decisive isDecisive: Bool, on pool: WorkerPool
  ) -> [Double]? {
    if let j = regulariser as? any ConjugateRegulariser {
      return gaps(at: state.u, state.z, j, on: pool)
    }
    return isDecisive ? gaps(ofVariation: state, on: pool) : nil
  }

  private func gaps(
    at u: Tensor<S>, _ z: Tensor<S>, _ j: some ConjugateRegulariser, on pool: WorkerPool
  ) -> [Double] {
    var residual = z.activated(by: layer.activation, on: pool)
    residual.combine(1, -1, measurements)
    var s = u
    layer.stage.adjoint(theta, of: residual, into: &s, on: pool, finish: nil)
    s.scale(by: S(-scale))
    let factors = j.admissibleFactors(of: s, weight: alpha, on: pool)
    s.scaleRows(by: factors)
    residual.scaleRows(by: factors)
    residual.combine(1, 1, measurements)
    let fidelities = rowValues(residual, z, on: pool) { y, z, count in
      layer.activation.bregman(y, z, count: count)
    }
    let penalties = penalty.values(of: u, on: pool)
    let conjugates = j.conjugates(of: s, weight: alpha, on: pool)
    return (0..<u.rows).map { row in
      scale * fidelities[row] + penalties[row] + conjugates[row] - s.dotOfRow(row, u)
    }
  }
}

extension Tensor {
  /// Multiplies each row by a factor of its own.
  mutating func scaleRows(by factors: [Double]) {
    let width = columns
    withMutablePointer { x in
      for (row, factor) in factors.enumerated() where factor != 1 {
        let x = x + row * width
        Scalar.combine(Scalar(factor), x, 0, x, into: x, count: width)
      }
    }
  }
}
