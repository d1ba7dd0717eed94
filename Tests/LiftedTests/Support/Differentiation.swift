import Proximal
import Synchronization
import Tensors

/// How often a derivative was asked for.
final class Tally: Sendable {
  private let calls = Atomic<Int>(0)
  func count() { calls.add(1, ordering: .relaxed) }
  var total: Int { calls.load(ordering: .relaxed) }
}

/// The hyperbolic tangent, which counts how often its derivative is evaluated.
struct CountingTanh: ActivationDefined, DifferentiableActivation {
  let tally: Tally

  func activation<S: TensorScalar>(_ z: S) -> S { Tanh().activation(z) }
  func value<S: TensorScalar>(of y: S) -> S { Tanh().value(of: y) }

  func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    tally.count()
    for i in 0..<count {
      let x = activation(z[i])
      u[i] *= 1 - x * x
    }
  }
}

/// A prox without a derivative: `z / (1 + |z|)`.
struct Derivativeless: ActivationDefined {
  func activation<S: TensorScalar>(_ z: S) -> S { z / (1 + abs(z)) }
  func value<S: TensorScalar>(of y: S) -> S {
    let size = abs(y)
    return size < 1 ? -size - S.log(1 - size) - y * y / 2 : .infinity
  }
}
