import Proximal
import Tensors

extension LayerInversion {
  /// An upper bound of objective less minimum for total variation, from a dual point made feasible:
  ///
  ///     c A^*(y - f) + D^* p = 0,   |p| <= alpha
  ///     gap = c B(y, A u + b) + alpha J(u) - <p, D u>  >=  P(u) - min P
  ///
  /// `y` is `sigma(A u + b)`, moved such that the mean of `A^*(y - f)` is 0, which `D^*` can reach; `p` is the
  /// solver's dual, corrected by `D (D^* D)^+` of what is left of the first line, by conjugate gradients; then both
  /// are drawn towards `(f, 0)` until `p` fits the ball. `infinity` where `y` has left the range or the solver keeps
  /// no `p`, and `nil` for pictures of several channels. Exact up to rounding. Cost: a product, an adjoint, and 200
  /// products with `D` and `D^*`.
  func gaps(ofVariation state: InversionState<S>, on pool: WorkerPool) -> [Double]? {
    guard let j = regulariser as? TotalVariation, j.shape.channels == 1 else { return nil }
    guard state.p.scalars.contains(where: { $0 != 0 }) else { return nil }
    var p = state.p
    j.proxOfDual(&p, step: 1, weight: S(alpha), on: pool)
    var r = centredResidual(state, on: pool)

    // D^* D x = -(c A^* r + D^* p), p <- p + D x.
    var right = u(of: r, on: pool)
    right.combine(-1, -1, pulledMap(p, on: pool).u)
    right.removeMeans()
    let system = NormalSystem(problem: self, rho: 0, kappa: 1, eta: 0, pool: pool)
    let none = Tensor<S>(shape: [rows, 0])
    let x = system.improve((Tensor(shape: right.shape), none), right: (right, none), steps: 200)
    p.combine(1, 1, mapped(x.u, none, on: pool))

    let factors = j.admissibleFactors(ofDual: p, weight: alpha, on: pool)
    p.scaleRows(by: factors)
    r.scaleRows(by: factors)
    r.combine(1, 1, measurements)
    let fidelities = rowValues(r, state.z, on: pool) { y, z, count in
      layer.activation.bregman(y, z, count: count)
    }
    let (penalties, slopes) = (
      penalty.values(of: state.u, on: pool), mapped(state.u, none, on: pool)
    )
    return (0..<rows).map { scale * fidelities[$0] + penalties[$0] - p.dotOfRow($0, slopes) }
  }

  /// `c A^* r`.
  private func u(of r: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
    var u = Tensor<S>(shape: [rows, inputs])
    layer.stage.adjoint(theta, of: r, into: &u, on: pool, finish: nil)
    u.scale(by: S(scale))
    return u
  }

  /// `y - f` with `<y - f, A 1> = 0`: moved along `A 1`, in proportion to the room that `y` has.
  private func centredResidual(_ state: InversionState<S>, on pool: WorkerPool) -> Tensor<S> {
    let range = (layer.activation as? any SeparableActivation).map { $0.range }
    let y = state.z.activated(by: layer.activation, on: pool)
    var ones = Tensor<S>(shape: measurements.shape)
    layer.stage.apply(
      theta, to: Tensor(repeating: 1, shape: [rows, inputs]), into: &ones, on: pool, finish: nil)
    var move = ones
    if let range {
      for row in 0..<rows {
        for place in 0..<measurements.columns {
          let y = Double(y[row, place])
          move[row, place] *= S(max(min(y - range.lower, range.upper - y, 1), 0))
        }
      }
    }
    var r = sum(1, y, -1, measurements)
    r.addRows(
      (0..<rows).map { row in
        let length = move.dotOfRow(row, ones)
        return length > 0 ? -r.dotOfRow(row, ones) / length : 0
      }, times: move)
    return r
  }
}

extension Tensor {
  /// Takes its mean from each row: 0 but for rounding errors, which a singular system would blow up.
  fileprivate mutating func removeMeans() {
    let (rows, width) = (rows, columns)
    withMutablePointer { x in
      for row in 0..<rows {
        let x = x + row * width
        let mean = (0..<width).reduce(0.0) { $0 + Double(x[$1]) } / Double(max(width, 1))
        for i in 0..<width { x[i] -= Scalar(mean) }
      }
    }
  }
}

extension TotalVariation {
  /// The greatest `theta` of each row, at most 1, that brings `theta p` into `alpha` times the dual ball: the
  /// projection leaves a row alone that is inside, and scales by no less than that one outside.
  fileprivate func admissibleFactors<S: TensorScalar>(
    ofDual p: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double] {
    var projected = p
    proxOfDual(&projected, step: 1, weight: S(alpha), on: pool)
    let width = p.columns
    return (0..<p.rows).map { row in
      ((row * width)..<((row + 1) * width)).reduce(1.0) { factor, place in
        let (old, new) = (abs(Double(p.scalars[place])), abs(Double(projected.scalars[place])))
        return old > new ? min(factor, new / old) : factor
      }
    }
  }
}
