import ClusterModel
import Lifted
import Tensors

/// The rates of a node, measured on a pool with the calls that training makes.
///
struct NodeTimings {
  /// What is made of several times of the same call.
  enum Summary {
    /// The least: what else runs only adds.
    case least
    /// The mean, as what takes long has it on a machine where something else runs.
    case mean
  }

  let pool: WorkerPool
  let summary: Summary
  /// Rows and widths of the tables.
  let rows: [Int]
  let widths: [Int]

  private enum Product { case forward, adjoint, gradient }

  /// The node.
  func node() throws -> Node {
    try Node(
      forward: table(.forward), adjoint: table(.adjoint), gradient: table(.gradient),
      secondsPerNumber: secondsPerNumber, secondsPerWeight: secondsPerWeight)
  }

  private func table(_ product: Product) throws -> ProductRates {
    let rates = try rows.map { n in
      try widths.map { d in
        2 * Double(n) * Double(d) * Double(d) / (try seconds(of: product, rows: n, width: d))
      }
    }
    return try ProductRates(rows: rows, widths: widths, rates: rates)
  }

  private func seconds(of product: Product, rows n: Int, width d: Int) throws -> Double {
    let stage = try Dense(d, d)
    let theta = [Tensor<Float>(repeating: 0.5, shape: [d, d]), Tensor(shape: [d])]
    let x = Tensor<Float>(repeating: 0.25, shape: [n, d])
    var z = Tensor<Float>(shape: [n, d])
    var sum = theta[0]
    return seconds {
      switch product {
      case .forward: stage.apply(theta, to: x, into: &z, on: pool, finish: nil)
      case .adjoint: stage.adjoint(theta, of: x, into: &z, on: pool, finish: nil)
      case .gradient:
        sum.withMutablePointer { sum in
          stage.gradient(of: x, at: x, scale: 1, on: pool) { parameter, range, piece in
            if parameter == 0 {
              (sum + range.lowerBound).update(from: piece, count: range.count)
            }
          }
        }
      }
    }
  }

  /// A rectifier from one matrix to another.
  private var secondsPerNumber: Double {
    let (rows, width) = (256, 1024)
    let x = Tensor<Float>(repeating: 0.5, shape: [rows, width])
    var y = x
    return seconds { DenseStack.pass(x, into: &y, on: pool) } / Double(rows * width)
  }

  /// `W <- W - eta G`, with weights that fill no cache.
  private var secondsPerWeight: Double {
    let width = 2048
    let gradient = Tensor<Float>(repeating: 0.5, shape: [width, width])
    var weights = gradient
    return seconds { weights.combine(1, -1e-3, gradient) } / Double(width * width)
  }

  /// Seconds of a call, over a fifth of a second or four times some calls.
  private func seconds(_ body: () -> Void) -> Double {
    body()
    let clock = ContinuousClock()
    let once = max(clock.measure(body) / .seconds(1), 1e-9)
    let repetitions = max(1, Int(2e-3 / once))
    var times: [Double] = []
    while times.count < 4 || (times.count < 60 && times.reduce(0, +) < 0.2) {
      times.append(clock.measure { for _ in 0..<repetitions { body() } } / .seconds(1))
    }
    let whole =
      switch summary {
      case .least: times.min() ?? 0
      case .mean: times.reduce(0, +) / Double(times.count)
      }
    return whole / Double(repetitions)
  }
}
