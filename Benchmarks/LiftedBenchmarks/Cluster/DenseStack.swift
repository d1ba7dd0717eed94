import Lifted
import Tensors

/// Some dense layers of equal width, with what a step computes of them, called piece by piece.
///
/// The numbers mean nothing; the calls are those of training, on matrices of the same sizes.
struct DenseStack {
  private let stage: Dense
  private let pool: WorkerPool
  private(set) var theta: [[Tensor<Float>]]
  private(set) var gradients: [Tensor<Float>]
  /// `x_0, …`, one more than layers; `u` beside each.
  var x: [Tensor<Float>]
  var u: [Tensor<Float>]
  private var z: Tensor<Float>
  private var r: Tensor<Float>

  init(layers: Int, width: Int, rows: Int, on pool: WorkerPool) throws {
    (stage, self.pool) = (try Dense(width, width), pool)
    var stream = RandomStream(seed: 1, .synthesis)
    func normal(_ shape: [Int], _ scale: Double) -> Tensor<Float> {
      var tensor = Tensor<Float>(shape: shape)
      tensor.withMutableSpan { span in
        for i in span.indices { span[i] = Float(scale * stream.normal()) }
      }
      return tensor
    }
    let deviation = (2 / Double(width)).squareRoot()
    theta = (0..<layers).map { _ in [normal([width, width], deviation), Tensor(shape: [width])] }
    gradients = theta.map { $0[0] }
    x = (0...layers).map { _ in normal([rows, width], 1) }
    u = x
    (z, r) = (x[0], x[0])
  }

  /// `z <- W x, x <- sigma(z)`.
  mutating func forward(_ l: Int) {
    stage.apply(theta[l], to: x[l], into: &z, on: pool, finish: nil)
    Self.pass(z, into: &x[l + 1], on: pool)
  }

  /// `r <- sigma(W x) - x`.
  mutating func residual(_ l: Int) {
    stage.apply(theta[l], to: x[l], into: &z, on: pool, finish: nil)
    Self.pass(z, into: &r, on: pool)
  }

  /// `u <- W^T r`.
  mutating func pull(_ l: Int) {
    stage.adjoint(theta[l], of: r, into: &u[l], on: pool, finish: nil)
  }

  /// A pass over `x` or `r`.
  mutating func move(_ l: Int) { Self.pass(u[l], into: &x[l], on: pool) }
  mutating func pass() { Self.pass(z, into: &r, on: pool) }

  /// `G <- r^T x`.
  mutating func gradient(_ l: Int) {
    gradients[l].withMutablePointer { sum in
      stage.gradient(of: r, at: x[l], scale: 1, on: pool) { parameter, range, piece in
        if parameter == 0 { (sum + range.lowerBound).update(from: piece, count: range.count) }
      }
    }
  }

  /// `W <- W - eta G`, with an `eta` that leaves the weights as they are.
  mutating func update(_ l: Int, along gradient: Tensor<Float>? = nil) {
    theta[l][0].combine(1, -1e-12, gradient ?? gradients[l])
  }

  /// A rectifier from one matrix to another.
  static func pass(_ x: Tensor<Float>, into y: inout Tensor<Float>, on pool: WorkerPool) {
    let (rows, width) = (x.rows, x.columns)
    let height = max(1, 16_384 / width)
    y.withMutablePointer { y in
      x.withPointer { x in
        pool.forEach((rows + height - 1) / height) { band in
          for i in (band * height * width)..<(min((band + 1) * height, rows) * width) {
            y[i] = max(x[i], 0)
          }
        }
      }
    }
  }
}
