import Proximal
import Tensors

/// What is done to a finished tile of a matrix: the tile and the start of the matrix.
typealias TileWork<S> = (Tile, UnsafeMutablePointer<S>) -> Void

extension Layer {
  /// `z <- A x + b`, `out <- sigma(z)`: product, offset and activation in one pass over each tile.
  package func forward<S: TensorScalar>(
    _ theta: [Tensor<S>], _ x: Tensor<S>, _ z: inout Tensor<S>, _ out: inout Tensor<S>,
    on pool: WorkerPool
  ) {
    let offset = stage.offset(theta) ?? Tensor(shape: [stage.outputs])
    let width = stage.outputs
    out.withMutablePointer { out in
      offset.withPointer { b in
        let work: TileWork<S> = { tile, z in
          let column = tile.columns.lowerBound
          for row in tile.rows {
            let start = row * width + column
            activation.activate(
              z + start, adding: b + column, into: out + start, count: tile.columns.count)
          }
        }
        let whole = activation.coupling != .separable
        stage.apply(theta, to: x, into: &z, on: pool, finish: whole ? nil : work)
        if whole { z.forEachBand(on: pool, work) }
      }
    }
  }

  /// `u <- A^* r`, then `work` on each tile of `u` (on whole rows where `coupling` asks for them).
  func backward<S: TensorScalar>(
    _ theta: [Tensor<S>], _ r: Tensor<S>, _ u: inout Tensor<S>, on pool: WorkerPool,
    coupling: Coupling, work: TileWork<S>
  ) {
    withoutActuallyEscaping(work) { work in
      let whole = coupling != .separable
      stage.adjoint(theta, of: r, into: &u, on: pool, finish: whole ? nil : work)
      if whole { u.forEachBand(on: pool, work) }
    }
  }
}

extension Tensor {
  /// Runs `work` on bands of whole rows, side by side: 16 of them, or more of a size that stays in the
  /// cache. The cut depends on the shape alone.
  ///
  /// - Parameter width: numbers that `work` touches for each row, if not this matrix's own width.
  mutating func forEachBand(on pool: WorkerPool, width: Int? = nil, _ work: TileWork<Scalar>) {
    let (rows, columns) = (self.rows, self.columns)
    let height = max(min(16_384 / max(width ?? columns, 1), (rows + 15) / 16), 1)
    withMutablePointer { pointer in
      pool.forEach((rows + height - 1) / height) { band in
        let range = (band * height)..<min((band + 1) * height, rows)
        work(Tile(rows: range, columns: 0..<columns), pointer)
      }
    }
  }

  /// The same for some columns.
  mutating func forEachBand(of columns: Range<Int>, on pool: WorkerPool, _ work: TileWork<Scalar>) {
    forEachBand(on: pool) { tile, z in work(Tile(rows: tile.rows, columns: columns), z) }
  }

  /// Runs `work(row of self, same row of other)` for all rows, side by side.
  mutating func forEachRow(
    with other: Tensor, on pool: WorkerPool,
    _ work: (UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>) -> Void
  ) {
    precondition(shape == other.shape, "rows of shapes \(shape) and \(other.shape)")
    let width = columns
    other.withPointer { other in
      forEachBand(on: pool) { tile, own in
        for row in tile.rows { work(own + row * width, other + row * width) }
      }
    }
  }
}

extension Layer {
  /// `A x + b`.
  func preactivation<S: TensorScalar>(
    _ theta: [Tensor<S>], _ x: Tensor<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    var z = Tensor<S>(shape: [x.rows, stage.outputs])
    stage.apply(theta, to: x, into: &z, on: pool, finish: nil)
    if let offset = stage.offset(theta) { z.addToRows(offset, on: pool) }
    return z
  }
}

extension AffineStage {
  /// The gradient of `scale <r, A(theta) x + b(theta)>` at `theta` as tensors.
  func parameterGradient<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool
  ) -> [Tensor<S>] {
    let factors = gradientFactors(theta, of: r, at: x, on: pool)
    return parameterGradient(of: factors.residual, at: factors.input, scale: scale, on: pool)
  }

  /// The same for a stage that is affine in its parameters, or for its factors.
  func parameterGradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool
  ) -> [Tensor<S>] {
    var gradient = parameters.map { Tensor<S>(shape: $0.shape) }
    gradient.withPointers { target in
      self.gradient(of: r, at: x, scale: scale, on: pool) { parameter, range, piece in
        (target[parameter] + range.lowerBound).update(from: piece, count: range.count)
      }
    }
    return gradient
  }
}

extension Tensor {
  /// `||.||^2` divided by the number of rows.
  var meanSquare: Double { squaredNorm / Double(Swift.max(rows, 1)) }
}

/// `sum_i f(y_i, z_i)` over the rows of two matrices, side by side, added up in row order.
func sumOverRows<S: TensorScalar>(
  _ y: Tensor<S>, _ z: Tensor<S>, on pool: WorkerPool,
  _ f: (UnsafePointer<S>, UnsafePointer<S>, Int) -> S
) -> Double {
  rowValues(y, z, on: pool, f).reduce(0, +)
}

/// `f(y_i, z_i)` for each row of two matrices, side by side.
func rowValues<S: TensorScalar>(
  _ y: Tensor<S>, _ z: Tensor<S>, on pool: WorkerPool,
  _ f: (UnsafePointer<S>, UnsafePointer<S>, Int) -> S
) -> [Double] {
  precondition(y.shape == z.shape, "rows of shapes \(y.shape) and \(z.shape)")
  let width = z.columns
  var values = Tensor<S>(shape: [z.rows, 1])
  y.withPointer { y in
    z.withPointer { z in
      values.forEachBand(on: pool, width: width) { tile, values in
        for row in tile.rows { values[row] = f(y + row * width, z + row * width, width) }
      }
    }
  }
  return values.scalars.map(Double.init)
}
