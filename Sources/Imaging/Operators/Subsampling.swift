import Tensors

/// Keeps the first pixel of each block of `factor x factor`. The norm is exactly 1.
///
/// After a blur, downsampling with a kernel: `Composition(Subsampling(...), after: Blur(...))`.
public struct Subsampling: LinearOperator {
  public let input: ImageShape
  public let output: ImageShape
  public var norm: Double { 1 }
  /// Side of a block in pixels.
  public let factor: Int

  /// - Throws: ``ImagingError/unsuitable(_:)`` unless height and width are multiples of the factor, and
  ///   the factor is at least 1.
  public init(_ input: ImageShape, factor: Int) throws(ImagingError) {
    output = try input.divided(by: factor)
    (self.input, self.factor) = (input, factor)
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    let (from, to) = (input, output)
    withBatches(x, from, into: &y, to) { x, y, pictures in
      pool.forEach(pictures * from.channels) { plane in
        let (x, y) = (x + plane * from.pixels, y + plane * to.pixels)
        for row in 0..<to.height {
          for column in 0..<to.width {
            y[row * to.width + column] = x[(row * from.width + column) * factor]
          }
        }
      }
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    let (from, to) = (output, input)
    withBatches(y, from, into: &x, to) { y, x, pictures in
      pool.forEach(pictures * to.channels) { plane in
        let (y, x) = (y + plane * from.pixels, x + plane * to.pixels)
        x.update(repeating: 0, count: to.pixels)
        for row in 0..<from.height {
          for column in 0..<from.width {
            x[(row * to.width + column) * factor] = y[row * from.width + column]
          }
        }
      }
    }
  }
}
