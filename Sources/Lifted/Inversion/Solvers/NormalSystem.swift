import Proximal
import Tensors

/// The map `(u, w) -> (rho A^* A u + eta u, 0) + kappa K^* K (u, w)`, and conjugate gradients for it, each row
/// with step lengths of its own.
struct NormalSystem<S: TensorScalar> {
  let problem: LayerInversion<S>
  let rho: Double
  let kappa: Double
  let eta: Double
  let pool: WorkerPool

  typealias Point = (u: Tensor<S>, w: Tensor<S>)

  /// `rho A^* z + kappa K^* d + eta v`.
  func pull(_ z: Tensor<S>, _ d: Tensor<S>, _ v: Tensor<S>) -> Point {
    var u = v
    problem.layer.stage.adjoint(problem.theta, of: z, into: &u, on: pool, finish: nil)
    u.combine(S(rho), S(eta), v)
    let pulled = problem.pulledMap(d, on: pool)
    u.combine(1, S(kappa), pulled.u)
    return (u, pulled.w.scaled(by: S(kappa)))
  }

  private func apply(_ x: Point) -> Point {
    var z = Tensor<S>(shape: problem.measurements.shape)
    problem.layer.stage.apply(problem.theta, to: x.u, into: &z, on: pool, finish: nil)
    return pull(z, problem.mapped(x.u, x.w, on: pool), x.u)
  }

  /// Some conjugate gradient steps from `x`.
  func improve(_ x: Point, right: Point, steps: Int) -> Point {
    var x = x
    let image = apply(x)
    var residual: Point = (sum(1, right.u, -1, image.u), sum(1, right.w, -1, image.w))
    var direction = residual
    var squares = dots(residual, residual)
    // Beyond rounding errors a row rests: in a singular system it would leave again.
    let accuracy = 100 * Double(S.ulpOfOne)
    let enough = dots(right, right).map { $0 * accuracy * accuracy }
    for _ in 0..<steps {
      let image = apply(direction)
      let curvatures = dots(direction, image)
      let lengths = squares.indices.map {
        squares[$0] > enough[$0] && curvatures[$0] > 0 ? squares[$0] / curvatures[$0] : 0
      }
      add(lengths, direction, to: &x)
      add(lengths.map { -$0 }, image, to: &residual)
      let next = dots(residual, residual)
      let keep = zip(next, squares).map { $1 > 0 ? $0 / $1 : 0 }
      var turned = residual
      add(keep, direction, to: &turned)
      (direction, squares) = (turned, next)
    }
    return x
  }

  private func dots(_ x: Point, _ y: Point) -> [Double] {
    (0..<x.u.rows).map { x.u.dotOfRow($0, y.u) + x.w.dotOfRow($0, y.w) }
  }

  private func add(_ factors: [Double], _ x: Point, to y: inout Point) {
    y.u.addRows(factors, times: x.u)
    y.w.addRows(factors, times: x.w)
  }
}
