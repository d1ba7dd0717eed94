extension ConvolutionShape {
  /// `z <- W x` for each row of a batch. `finish` is called once for each tile of `z` that is complete.
  /// Images may be parts of wider rows, of `x` from column `start` and of `z` from column `end` on.
  /// Cost: `2 output.count patch` operations a sample.
  public func apply<S: TensorScalar>(
    _ weight: Tensor<S>, to x: Tensor<S>, from start: Int = 0, into z: inout Tensor<S>,
    at end: Int = 0, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(weight, inputs: (x.shape, start), outputs: (z.shape, end))
    Correlation(self).run(weight, on: x, start, into: &z, end, pool, finish)
  }

  /// `u <- W^* r`, the adjoint: the transposed convolution. Parts of rows and cost as of
  /// ``apply(_:to:from:into:at:on:finish:)``.
  public func adjoint<S: TensorScalar>(
    _ weight: Tensor<S>, of r: Tensor<S>, from start: Int = 0, into u: inout Tensor<S>,
    at end: Int = 0, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(weight, inputs: (u.shape, end), outputs: (r.shape, start))
    Correlation(adjointOf: self).run(weight, on: r, start, into: &u, end, pool, finish)
  }

  /// The gradient of `scale <r, W x>` in `W`, summed over the batch and handed to `body` in pieces:
  /// each element once, several pieces at the same time. Cost as of
  /// ``apply(_:to:from:into:at:on:finish:)``.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    check(inputs: (x.shape, 0), outputs: (r.shape, 0), exactly: true)
    r.withPointer { r in
      x.withPointer { data in
        Correlation(self).gradient(
          of: r, at: data, samples: x.rows, scale: scale, operations: x.rows * operations, pool,
          body)
      }
    }
  }

  /// Traps on matrices that do not fit: the kernels do not look where a matrix ends.
  private func check<S>(
    _ weight: Tensor<S>, inputs x: (shape: [Int], start: Int), outputs z: (shape: [Int], start: Int)
  ) {
    precondition(
      weight.shape == weightShape, "a kernel of shape \(weight.shape), not \(weightShape)")
    check(inputs: x, outputs: z)
  }

  private func check(
    inputs x: (shape: [Int], start: Int), outputs z: (shape: [Int], start: Int),
    exactly: Bool = false
  ) {
    func holds(_ part: (shape: [Int], start: Int), _ count: Int) -> Bool {
      guard part.shape.count == 2, part.start >= 0 else { return false }
      return exactly ? part.shape[1] == count : part.shape[1] >= part.start + count
    }
    precondition(
      holds(x, input.count) && holds(z, output.count) && x.shape[0] == z.shape[0],
      "matrices of shapes \(x.shape) and \(z.shape) at a convolution of \(input) to \(output)")
  }
}

extension Correlation {
  fileprivate func run<S: TensorScalar>(
    _ weight: Tensor<S>, on x: Tensor<S>, _ start: Int, into z: inout Tensor<S>, _ end: Int,
    _ pool: WorkerPool, _ finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    let width = z.columns
    weight.withPointer { w in
      x.withPointer { data in
        z.withMutablePointer {
          let part = BatchPart(start: data + start, width: x.columns)
          let result = MatrixPart(start: $0, width: width, column: end)
          if let winograd = Winograd(self) {
            winograd.run(w, on: part, into: result, samples: x.rows, pool, finish)
          } else {
            run(w, on: part, into: result, samples: x.rows, pool, finish)
          }
        }
      }
    }
  }
}
