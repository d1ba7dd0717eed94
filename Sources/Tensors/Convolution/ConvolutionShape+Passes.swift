extension ConvolutionShape {
  /// `z <- W x` for each row of a batch. `finish` is called once for each tile of `z` that is complete.
  /// Cost: `2 output.count patch` operations a sample.
  public func apply<S: TensorScalar>(
    _ weight: Tensor<S>, to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(weight, inputs: x.shape, outputs: z.shape)
    Correlation(self).run(weight, on: x, into: &z, pool, finish)
  }

  /// `u <- W^* r`, the adjoint: the transposed convolution. Cost as of ``apply(_:to:into:on:finish:)``.
  public func adjoint<S: TensorScalar>(
    _ weight: Tensor<S>, of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    check(weight, inputs: u.shape, outputs: r.shape)
    Correlation(adjointOf: self).run(weight, on: r, into: &u, pool, finish)
  }

  /// The gradient of `scale <r, W x>` in `W`, summed over the batch and handed to `body` in pieces:
  /// each element once, several pieces at the same time. Cost as of ``apply(_:to:into:on:finish:)``.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    check(inputs: x.shape, outputs: r.shape)
    r.withPointer { r in
      x.withPointer { data in
        Correlation(self).gradient(
          of: r, at: data, samples: x.rows, scale: scale, operations: x.rows * operations, pool,
          body)
      }
    }
  }

  /// Traps on matrices that do not fit: the kernels do not look where a matrix ends.
  private func check<S>(_ weight: Tensor<S>, inputs x: [Int], outputs z: [Int]) {
    precondition(
      weight.shape == weightShape, "a kernel of shape \(weight.shape), not \(weightShape)")
    check(inputs: x, outputs: z)
  }

  private func check(inputs x: [Int], outputs z: [Int]) {
    precondition(
      x.count == 2 && z.count == 2 && x[0] == z[0] && x[1] == input.count && z[1] == output.count,
      "matrices of shapes \(x) and \(z) at a convolution of \(input) to \(output)")
  }
}

extension Correlation {
  fileprivate func run<S: TensorScalar>(
    _ weight: Tensor<S>, on x: Tensor<S>, into z: inout Tensor<S>, _ pool: WorkerPool,
    _ finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    weight.withPointer { w in
      x.withPointer { data in
        z.withMutablePointer { run(w, on: data, into: $0, samples: x.rows, pool, finish) }
      }
    }
  }
}
