import Tensors

/// `x -> (A_1 x, ..., A_n x)`: several measurements of one picture, channel after channel.
///
/// All outputs have the same height and width. The norm `sqrt(sum ||A_i||^2)` is an upper bound, exact
/// where one picture attains every norm.
public struct Stack: LinearOperator {
  /// The operators, in the order of their output channels.
  public let parts: [any LinearOperator]
  public let input: ImageShape
  public let output: ImageShape
  public let norm: Double

  /// - Throws: ``ImagingError/unsuitable(_:)`` without parts, or unless they take pictures of the same
  ///   extents and make pictures of the same height and width.
  public init(_ parts: [any LinearOperator]) throws(ImagingError) {
    guard let first = parts.first else { throw .unsuitable("a stack needs at least one operator") }
    for part in parts {
      guard part.input == first.input,
        part.output.with(channels: 1) == first.output.with(channels: 1)
      else {
        throw .unsuitable(
          "\(type(of: part)) maps \(part.input) to \(part.output), \(type(of: first)) maps "
            + "\(first.input) to \(first.output); stacked operators differ in output channels at most"
        )
      }
    }
    self.parts = parts
    input = first.input
    output = first.output.with(channels: parts.reduce(0) { $0 + $1.output.channels })
    norm = parts.reduce(0) { $0 + $1.norm * $1.norm }.squareRoot()
  }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    var start = 0
    for part in parts {
      let made = part.apply(x, on: pool)
      withBatches(made, part.output, into: &y, output) { made, y, pictures in
        let count = part.output.count
        for picture in 0..<pictures {
          (y + picture * output.count + start).update(from: made + picture * count, count: count)
        }
      }
      start += part.output.count
    }
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    x = Tensor(shape: x.shape)
    var start = 0
    for part in parts {
      var share = Tensor<S>(shape: part.output.batch(y.rows))
      withBatches(y, output, into: &share, part.output) { y, share, pictures in
        let count = part.output.count
        for picture in 0..<pictures {
          (share + picture * count).update(from: y + picture * output.count + start, count: count)
        }
      }
      let back = part.adjoint(of: share, on: pool)
      withBatches(back, input, into: &x, input) { S.add($0, to: $1, count: $2 * input.count) }
      start += part.output.count
    }
  }
}
