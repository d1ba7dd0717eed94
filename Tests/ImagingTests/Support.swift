import Foundation
import Interchange
import Tensors

@testable import Imaging

let pool = WorkerPool(threads: 3)
let alone = WorkerPool(threads: 1)

/// Extents that are known to be fine.
func extents(channels: Int = 1, height: Int, width: Int) -> ImageShape {
  do {
    return try ImageShape(channels: channels, height: height, width: width)
  } catch { preconditionFailure("\(error)") }
}

/// Numbers uniform on (-1, 1), or on (0, 1).
func uniform<S: TensorScalar>(
  _ shape: [Int], seed: UInt64, nonnegative: Bool = false, _ type: S.Type = S.self
) -> Tensor<S> {
  var stream = RandomStream(seed: seed, .probe)
  var tensor = Tensor<S>(shape: shape)
  tensor.withMutablePointer { x in
    for i in 0..<shape.reduce(1, *) {
      x[i] = S(nonnegative ? stream.uniform() : 2 * stream.uniform() - 1)
    }
  }
  return tensor
}

/// Column by column, what the operator does to the unit vectors.
func columns(of a: some LinearOperator) -> [[Double]] {
  (0..<a.input.count).map { i in
    var unit = Tensor<Double>(shape: [1, a.input.count])
    unit[0, i] = 1
    return a.apply(unit, on: pool).scalars
  }
}

/// The spectral norm of a matrix given by columns: power iteration on the Gram matrix until it stands
/// still.
func spectralNorm(_ columns: [[Double]]) -> Double {
  let n = columns.count
  let gram = columns.map { a in columns.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
  var stream = RandomStream(seed: 3, .probe)
  var v = (0..<n).map { _ in stream.uniform() - 0.5 }
  var value = 0.0
  for _ in 0..<20_000 {
    let w = gram.map { row in zip(row, v).reduce(0) { $0 + $1.0 * $1.1 } }
    let norm = w.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > 0 else { return 0 }
    v = w.map { $0 / norm }
    if abs(norm - value) <= 1e-15 * norm { break }
    value = norm
  }
  return value.squareRoot()
}

/// A file of the folder Fixtures.
func fixture(_ name: String) throws -> Tensor<Double> {
  let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name).npy")
  return try NPYFile.read(from: url).tensor.real(Double.self)
}

/// A smooth picture with edges: a disc and a square on a slope, in [0, 1].
func scene<S: TensorScalar>(_ shape: ImageShape, _ type: S.Type = S.self) -> Tensor<S> {
  var picture = Tensor<S>(shape: shape.batch(1))
  picture.withMutablePointer { x in
    for c in 0..<shape.channels {
      for i in 0..<shape.height {
        for j in 0..<shape.width {
          let (y, x0) = (Double(i) / Double(shape.height), Double(j) / Double(shape.width))
          var value = 0.2 + 0.3 * x0 + 0.05 * Double(c)
          if (y - 0.4) * (y - 0.4) + (x0 - 0.35) * (x0 - 0.35) < 0.05 { value += 0.4 }
          if abs(y - 0.7) < 0.15 && abs(x0 - 0.7) < 0.2 { value -= 0.25 }
          x[(c * shape.height + i) * shape.width + j] = S(value)
        }
      }
    }
  }
  return picture
}

/// The largest difference of corresponding numbers.
func distance<S: TensorScalar>(_ x: Tensor<S>, _ y: Tensor<S>) -> Double {
  zip(x.scalars, y.scalars).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
}
