import Proximal
import Tensors

// Activations on Swift arrays.
extension Activation {
  func activate<S: TensorScalar>(_ z: [S]) -> [S] {
    written(z.count) { activate(z, into: $0, count: z.count) }
  }

  func prox<S: TensorScalar>(of v: [S], step: S) -> [S] {
    written(v.count) { prox(of: v, step: step, into: $0, count: v.count) }
  }

  func proxPhi<S: TensorScalar>(of v: [S], step: S) -> [S] {
    written(v.count) { proxPhi(of: v, step: step, into: $0, count: v.count) }
  }

  func value<S: TensorScalar>(of y: [S]) -> S { value(of: y, count: y.count) }
  func envelope<S: TensorScalar>(at z: [S]) -> S { envelope(at: z, count: z.count) }
  func conjugate<S: TensorScalar>(at z: [S]) -> S { conjugate(at: z, count: z.count) }
  func bregman<S: TensorScalar>(_ y: [S], _ z: [S]) -> S { bregman(y, z, count: y.count) }
  func phi<S: TensorScalar>(of y: [S]) -> S { dot(y, y) / 2 + value(of: y) }
}

func written<S: TensorScalar>(_ count: Int, _ body: (UnsafeMutablePointer<S>) -> Void) -> [S] {
  [S](unsafeUninitializedCapacity: count) { buffer, initialised in
    if let base = buffer.baseAddress {
      base.initialize(repeating: .nan, count: count)
      body(base)
    }
    initialised = count
  }
}

func dot<S: TensorScalar>(_ a: [S], _ b: [S]) -> S { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
func minus<S: TensorScalar>(_ a: [S], _ b: [S]) -> [S] { zip(a, b).map { $0 - $1 } }
func distance<S: TensorScalar>(_ a: [S], _ b: [S]) -> S {
  let d = minus(a, b)
  return dot(d, d).squareRoot()
}

/// An activation known only by `Psi` and its prox: everything else is the derived default.
struct Derived: Activation {
  let base: any Activation
  var coupling: Coupling { base.coupling }
  func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    base.value(of: y, count: count)
  }
  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    base.prox(of: v, step: step, into: out, count: count)
  }
}

/// The same for one number.
struct DerivedSeparable: SeparableActivation {
  let base: any SeparableActivation
  func value<S: TensorScalar>(of y: S) -> S { base.value(of: y) }
  func prox<S: TensorScalar>(of v: S, step: S) -> S { base.prox(of: v, step: step) }
}

/// Reproducible rows of normal numbers.
struct Rows {
  var stream: RandomStream
  init(_ seed: UInt64) { stream = RandomStream(seed: seed, .probe) }
  mutating func normal<S: TensorScalar>(_ count: Int, scale: Double = 2) -> [S] {
    (0..<count).map { _ in S(scale * stream.normal()) }
  }
}

/// `count` units of rounding at a given scale.
func ulps<S: TensorScalar>(_ count: S, _ scale: S) -> S { count * .ulpOfOne * scale }
