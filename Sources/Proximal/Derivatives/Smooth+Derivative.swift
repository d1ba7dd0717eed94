import RealModule
import Tensors

extension Tanh: DifferentiableSeparableActivation {
  /// `1 - tanh(z)^2`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    let x = activation(z)
    return (1 - x) * (1 + x)
  }

  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    pullBack(
      u, at: z, count: count, map: .tanh, { $0 * (1 - $1) * (1 + $1) },
      { $0 * (1 - $1) * (1 + $1) })
  }
}

extension Sigmoid: DifferentiableSeparableActivation {
  /// `sigma(z) (1 - sigma(z))`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    activation(z) * activation(-z)
  }

  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    pullBack(
      u, at: z, count: count, map: .logistic, { $0 * $1 * (1 - $1) }, { $0 * $1 * (1 - $1) })
  }
}

extension Softplus: DifferentiableSeparableActivation {
  /// The logistic function.
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S { Sigmoid().activation(z) }

  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    pullBack(u, at: z, count: count, map: .logistic, { $0 * $1 }, { $0 * $1 })
  }
}

extension Arctan: DifferentiableSeparableActivation {
  /// `1/(1 + z^2)`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S { 1 / (1 + z * z) }
}

extension ISRU: DifferentiableSeparableActivation {
  /// `(1 + z^2)^{-3/2}`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    let inverse = 1 / hypotenuse(z, 1)
    return inverse * inverse * inverse
  }
}

extension Softsign: DifferentiableSeparableActivation {
  /// `1/(1 + |z|)^2`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    let inverse = 1 / (1 + abs(z))
    return inverse * inverse
  }
}

extension ELU: DifferentiableSeparableActivation {
  /// `1` for `z > 0`, `alpha e^z` for `z <= 0`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    z > 0 ? 1 : S(alpha) * .exp(z)
  }
}

extension SmoothReLU: DifferentiableSeparableActivation {
  /// `sigma(z)/sqrt(z^2 + 4 kappa)`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S {
    activation(z) / hypotenuse(z, 2 * S(kappa).squareRoot())
  }
}

extension Asinh: DifferentiableSeparableActivation {
  /// `1/sqrt(1 + z^2)`
  @inlinable public func derivative<S: TensorScalar>(at z: S) -> S { 1 / hypotenuse(z, 1) }
}

extension DifferentiableSeparableActivation {
  /// `u <- product(u, f(z))` with `f` from the vector mathematics library.
  @inline(__always)
  fileprivate func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int, map function: VectorFunction,
    _ float: (Float, Float) -> Float, _ double: (Double, Double) -> Double
  ) {
    forEachPiece(of: count) { start, count, x in
      S.map(function, z + start, into: x, count: count)
      elementwise(u + start, x, into: u + start, count: count, float, double)
    }
  }
}
