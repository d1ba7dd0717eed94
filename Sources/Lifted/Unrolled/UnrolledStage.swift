import Tensors

/// A step of an algorithm as a stage: what it learns is one linear map inside it, and its gradient is
/// that map's, given the right factors.
///
/// Its variables stand side by side in a row; data that every step needs are carried along as one of
/// them, under the identity.
public protocol UnrolledStage: AffineStage {
  /// The map that is learned, without an offset.
  var analysis: any AffineStage { get }

  /// The residuals and inputs of that map which make its gradient the stage's.
  func factors<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>)
}

extension SolverError {
  /// - Throws: ``unsuitable(_:)`` if the map has an offset, which an unrolled step has no use for.
  static func requireLinear(_ map: any AffineStage) throws(SolverError) {
    guard map.parameters.allSatisfy({ $0.fanIn > 0 }) else {
      throw .unsuitable("the map of an unrolled step has an offset; give it one without")
    }
  }
}

extension UnrolledStage {
  /// None.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { nil }

  /// What ``AffineStage/gradientFactors(_:of:at:on:)`` has made is right as it is.
  public func factors<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    precondition(
      r.columns == analysis.outputs && x.columns == analysis.inputs,
      "a stage that is not affine in its parameters needs its gradientFactors first")
    return (r, x)
  }

  /// That of the map at the factors.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    let (r, x) = factors(of: r, at: x, on: pool)
    analysis.gradient(of: r, at: x, scale: scale, on: pool, body)
  }

  /// That of the map at the factors.
  public func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    let (r, x) = factors(of: r, at: x, on: pool)
    try analysis.implicitStep(
      &theta, residual: r, at: x, scale: scale, tau: tau, relaxation: relaxation, on: pool)
  }
}

/// One of the variables that stand side by side in the rows of a matrix: its columns from `start` on.
struct Variable<S: TensorScalar> {
  let matrix: Tensor<S>
  let start: Int

  /// Something to do with each tile of a matrix of so many columns, whose column `first` meets the
  /// variable's own first: `z <- a z + b variable`.
  func withSum<Result>(
    _ a: S, _ b: S, into width: Int, from first: Int = 0,
    _ body: (@escaping TileWork<S>) -> Result
  ) -> Result {
    let (other, start) = (matrix.columns, self.start - first)
    return matrix.withPointer { source in
      body { tile, z in
        let column = tile.columns.lowerBound
        for row in tile.rows {
          let place = z + row * width + column
          S.combine(
            a, place, b, source + row * other + start + column, into: place,
            count: tile.columns.count)
        }
      }
    }
  }
}

extension Variable {
  /// A copy of the variable.
  func values(_ count: Int, on pool: WorkerPool) -> Tensor<S> {
    matrix.columns(start..<(start + count), on: pool)
  }

  /// `factor` times this variable of all rows, then `factor` times another.
  func stacked(
    over other: Variable, _ count: Int, times factor: S, on pool: WorkerPool
  ) -> Tensor<S> {
    let rows = matrix.rows
    var both = Tensor<S>(unfilled: [2 * rows, count])
    matrix.withPointer { upper in
      other.matrix.withPointer { lower in
        both.forEachBand(on: pool) { tile, target in
          for row in tile.rows {
            let source =
              row < rows
              ? upper + row * matrix.columns + start
              : lower + (row - rows) * other.matrix.columns + other.start
            S.combine(factor, source, 0, source, into: target + row * count, count: count)
          }
        }
      }
    }
    return both
  }
}

extension AffineStage {
  /// `A x`.
  func applied<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, from start: Int = 0, on pool: WorkerPool,
    finish: TileWork<S>? = nil
  ) -> Tensor<S> {
    var z = Tensor<S>(unfilled: [x.rows, outputs])
    apply(theta, to: x, from: start, into: &z, at: 0, on: pool, finish: finish)
    return z
  }

  /// `A^* r`.
  func adjointed<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, from start: Int = 0, on pool: WorkerPool,
    finish: TileWork<S>? = nil
  ) -> Tensor<S> {
    var u = Tensor<S>(unfilled: [r.rows, inputs])
    adjoint(theta, of: r, from: start, into: &u, at: 0, on: pool, finish: finish)
    return u
  }
}
