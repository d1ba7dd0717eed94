import Tensors

@testable import Lifted

/// A fixed symmetric map without parameters: a weighted mean of each number and its neighbours in a ring,
/// `z_i = a x_i + b (x_{i-1} + x_{i+1})`. With `a = 2b = 1/2` it is positive semi-definite, of norm 1.
struct Smoothing: AffineStage {
  let inputs: Int
  var outputs: Int { inputs }
  var parameters: [ParameterShape] { [] }

  private let (centre, side): (Double, Double)

  init(_ count: Int, centre: Double = 0.5, side: Double = 0.25) {
    (inputs, self.centre, self.side) = (count, centre, side)
  }

  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    let n = inputs
    for i in 0..<x.rows {
      for j in 0..<n {
        z[i, j] = S(centre) * x[i, j] + S(side) * (x[i, (j + 1) % n] + x[i, (j + n - 1) % n])
      }
    }
    let whole = Tile(rows: 0..<x.rows, columns: 0..<n)
    z.withMutablePointer { finish?(whole, $0) }
  }

  func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    apply(theta, to: r, into: &u, on: pool, finish: finish)
  }

  func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {}
}
