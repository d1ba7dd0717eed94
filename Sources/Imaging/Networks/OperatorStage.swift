import Lifted
import Tensors

/// A known linear map of pictures as a stage without parameters: `z = A x`.
///
/// The physics inside an unrolled network, such as `normal:` of `UnrolledNetwork`, or the last layer
/// where pixels that nothing is known of are left out of the loss.
public struct OperatorStage: AffineStage {
  /// `A`.
  public let map: any LinearOperator

  /// The stage of a map.
  public init(_ map: any LinearOperator) { self.map = map }

  /// Numbers of a picture that comes in.
  public var inputs: Int { map.input.count }
  /// Numbers of a picture that goes out.
  public var outputs: Int { map.output.count }
  /// None.
  public var parameters: [ParameterShape] { [] }

  /// `z <- A x`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    map.apply(x, into: &z, on: pool)
    z.finishRows(on: pool, finish)
  }

  /// `u <- A^* r`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    map.adjoint(of: r, into: &u, on: pool)
    u.finishRows(on: pool, finish)
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

  /// The square of the map's bound.
  public func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { S(map.norm * map.norm) }

  /// 0.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { 0 }
}

extension Tensor {
  /// Calls `finish`, if there is one, for each row, side by side.
  fileprivate mutating func finishRows(
    on pool: WorkerPool, _ finish: ((Tile, UnsafeMutablePointer<Scalar>) -> Void)?
  ) {
    guard let finish else { return }
    let columns = self.columns
    let rows = self.rows
    withMutablePointer { z in
      pool.forEach(rows) { finish(Tile(rows: $0..<$0 + 1, columns: 0..<columns), z) }
    }
  }
}
