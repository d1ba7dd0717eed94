import Proximal
import Tensors

/// What is done to a finished tile of a matrix: the tile and the start of the matrix.
typealias TileWork<S> = (Tile, UnsafeMutablePointer<S>) -> Void

extension Layer {
  /// `z <- A x + b`, `out <- sigma(z)`: product, offset and activation in one pass over each tile.
  func forward<S: TensorScalar>(
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
  /// Runs `work` on bands of whole rows, side by side; the cut depends on the shape alone.
  mutating func forEachBand(on pool: WorkerPool, _ work: TileWork<Scalar>) {
    let (rows, columns) = (self.rows, self.columns)
    let height = max(16_384 / max(columns, 1), 1)
    withMutablePointer { pointer in
      pool.forEach((rows + height - 1) / height) { band in
        let range = (band * height)..<min((band + 1) * height, rows)
        work(Tile(rows: range, columns: 0..<columns), pointer)
      }
    }
  }
}
