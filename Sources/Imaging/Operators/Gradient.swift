import Proximal
import Tensors

/// The gradient by forward differences, 0 across the border: channel `c` becomes channels `2c`, to the
/// right, and `2c + 1`, downwards. The adjoint is minus the divergence.
///
/// The norm `2 sqrt(cos^2(pi / (2 width)) + cos^2(pi / (2 height)))` is exact.
public struct Gradient: LinearOperator {
  public let input: ImageShape
  public var output: ImageShape { input.with(channels: 2 * input.channels) }
  public var norm: Double { differences.norm }
  private let differences: ForwardDifferences

  /// The gradient of pictures of the given extents.
  public init(_ input: ImageShape) {
    self.input = input
    differences = ForwardDifferences(height: input.height, width: input.width)
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    let pixels = input.pixels
    withBatches(x, input, into: &y, output) { x, y, pictures in
      pool.forEachBand(planes: pictures * input.channels, height: input.height, width: input.width)
      {
        plane, rows in
        let y = y + 2 * plane * pixels
        differences.gradient(of: x + plane * pixels, right: y, down: y + pixels, rows: rows)
      }
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    let pixels = input.pixels
    withBatches(y, output, into: &x, input) { y, x, pictures in
      pool.forEachBand(planes: pictures * input.channels, height: input.height, width: input.width)
      {
        plane, rows in
        let (y, x) = (y + 2 * plane * pixels, x + plane * pixels)
        differences.adjoint(
          of: y, y + pixels, times: 1, plus: 0, times: y, into: x, rows: rows)
      }
    }
  }
}
