import Proximal
import Tensors

@testable import Lifted

/// Normal numbers from a fixed seed.
func normal<S: TensorScalar>(_ shape: [Int], lane: UInt64, scale: Double = 1) -> Tensor<S> {
  var stream = RandomStream(seed: 21, .probe, lane: lane)
  return .normal(shape: shape, standardDeviation: scale, from: &stream)
}

/// Random one-hot rows.
func oneHot<S: TensorScalar>(_ samples: Int, classes: Int, lane: UInt64 = 99) -> Tensor<S> {
  var stream = RandomStream(seed: 22, .probe, lane: lane)
  var rows = Tensor<S>(shape: [samples, classes])
  for sample in 0..<samples { rows[sample, Int(stream.next() % UInt64(classes))] = 1 }
  return rows
}

extension Parameters {
  /// Normal weights of variance `gain / fanIn` and normal offsets.
  static func random(
    _ network: Network, gain: Double = 1, offsets: Double = 0.3, seed: UInt64 = 31
  ) -> Parameters {
    var theta = Parameters(zerosFor: network)
    for (l, layer) in network.layers.enumerated() {
      var stream = RandomStream(seed: seed, .probe, lane: UInt64(l))
      for (slot, shape) in layer.stage.parameters.enumerated() {
        let deviation = shape.fanIn > 0 ? (gain / Double(shape.fanIn)).squareRoot() : offsets
        theta.layers[l][slot] = .normal(
          shape: shape.shape, standardDeviation: deviation, from: &stream)
      }
    }
    return theta
  }
}

/// The largest absolute difference of corresponding elements.
func distance<S: TensorScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Double {
  precondition(a.shape == b.shape, "\(a.shape) and \(b.shape)")
  return zip(a.scalars, b.scalars).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
}

func distance<S: TensorScalar>(_ a: Parameters<S>, _ b: Parameters<S>) -> Double {
  zip(a.layers.joined(), b.layers.joined()).reduce(0) { max($0, distance($1.0, $1.1)) }
}

/// Numbers that are not admissible where a positive one is asked for.
let notPositive: [Double] = [0, -1, .nan, .infinity, -.infinity]

/// The central difference of `f` in one number.
func slope(at x: Double, step: Double = 1e-5, of f: (Double) -> Double) -> Double {
  (f(x + step) - f(x - step)) / (2 * step)
}

/// Compares a gradient with central differences in every element of a tensor that `f` depends on.
func largestSlopeError(
  of gradient: Tensor<Double>, at point: Tensor<Double>, _ f: (Tensor<Double>) -> Double
) -> Double {
  var worst = 0.0
  for i in 0..<point.count {
    var moved = point
    let expected = slope(at: point.scalars[i]) { value in
      moved.withMutableSpan { $0[i] = value }
      return f(moved)
    }
    worst = max(worst, abs(gradient.scalars[i] - expected) / max(1, abs(expected)))
  }
  return worst
}
