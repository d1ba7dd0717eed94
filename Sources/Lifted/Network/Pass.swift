import Tensors

/// The identity as a stage: `z = x`. No parameters.
public struct Pass: AffineStage {
  /// Numbers per sample, at least 1.
  public let inputs: Int
  /// As ``inputs``.
  public var outputs: Int { inputs }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)`` for a width below 1.
  public init(_ width: Int) throws(SolverError) {
    guard width >= 1 else {
      throw .outOfRange(parameter: "width", value: Double(width), admissible: "at least 1")
    }
    inputs = width
  }

  /// None.
  public var parameters: [ParameterShape] { [] }

  /// `z <- x`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    z.setColumns(from: 0, to: x, on: pool)
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// None.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { nil }

  /// `u <- r`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    apply(theta, to: r, into: &u, on: pool, finish: finish)
  }

  /// Nothing: there are no parameters.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {}

  /// Nothing: there are no parameters.
  public func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {}

  /// 1.
  public func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { 1 }

  /// 0.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { 0 }
}
