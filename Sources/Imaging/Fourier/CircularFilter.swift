import Tensors

/// Multiplication of the spectrum, channel by channel, by a function that is the transform of a real
/// kernel. The norm is exact.
struct CircularFilter: LinearOperator {
  let input: ImageShape
  var output: ImageShape { input }
  let norm: Double
  private let filter: FourierFilter

  /// The function on the half spectrum, pairs of real and imaginary part.
  init(_ input: ImageShape, transfer: [Double]) {
    self.input = input
    filter = FourierFilter(height: input.height, width: input.width, transfer: transfer)
    norm = filter.norm
  }

  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    withBatches(x, input, into: &y, input) { x, y, pictures in
      filter.apply(x, planes: pictures * input.channels, conjugate: false, into: y, on: pool)
    }
  }

  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool) {
    withBatches(y, input, into: &x, input) { y, x, pictures in
      filter.apply(y, planes: pictures * input.channels, conjugate: true, into: x, on: pool)
    }
  }
}
