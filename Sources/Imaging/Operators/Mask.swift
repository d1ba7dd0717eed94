import Tensors

/// `(A x)_p = x_p` at known pixels, 0 elsewhere: inpainting. All channels have the same mask.
///
/// An orthogonal projection: `A = A^* = A^2`, and its norm is exactly 1, or 0 if nothing is known.
public struct Mask: LinearOperator {
  public let input: ImageShape
  public var output: ImageShape { input }
  public let norm: Double
  /// The known pixels.
  public let mask: PixelMask

  /// - Throws: ``ImagingError/unsuitable(_:)`` unless mask and pictures have the same extents.
  public init(_ input: ImageShape, keeping mask: PixelMask) throws(ImagingError) {
    guard (input.height, input.width) == (mask.height, mask.width) else {
      throw .unsuitable(
        "a mask of \(mask.height) x \(mask.width) does not fit pictures of \(input); "
          + "make one of their height and width")
    }
    (self.input, self.mask) = (input, mask)
    norm = mask.known.contains(true) ? 1 : 0
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    let pixels = input.pixels
    withBatches(x, input, into: &y, output) { x, y, pictures in
      mask.known.withUnsafeBufferPointer { known in
        pool.forEach(pictures * input.channels) { plane in
          let (x, y) = (x + plane * pixels, y + plane * pixels)
          for p in 0..<pixels { y[p] = known[p] ? x[p] : 0 }
        }
      }
    }
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    apply(y, into: &x, on: pool)
  }

  public func normal<S: TensorScalar>(
    _ x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool
  ) {
    apply(x, into: &z, on: pool)
  }

  public func resolvent(step: Double) -> (any LinearOperator)? {
    Diagonal(input, mask.known.map { $0 ? 1 / (1 + step) : 1 })
  }
}
