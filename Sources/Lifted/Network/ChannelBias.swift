import Tensors

/// An offset for each channel of an image, shared by its pixels.
extension ImageShape {
  /// The offset of each number of the image.
  func spread<S: TensorScalar>(_ bias: Tensor<S>) -> Tensor<S> {
    let plane = height * width
    var offset = Tensor<S>(shape: [count])
    offset.withMutablePointer { offset in
      for c in 0..<channels {
        S.fill(offset + c * plane, count: plane, with: bias.scalars[c])
      }
    }
    return offset
  }

  /// The gradient of `scale <r, b>`, as a stage hands it on.
  func biasGradient<S: TensorScalar>(
    of r: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    channelSums(of: r, scale: scale, on: pool).withPointer { body(0..<channels, $0) }
  }
}

extension [ParameterShape] {
  /// `weight` and, for an output image, its `bias`.
  static func image(weight: [Int], fanIn: Int, bias: ImageShape?) -> [ParameterShape] {
    let weight = ParameterShape(name: "weight", shape: weight, fanIn: fanIn)
    guard let bias else { return [weight] }
    return [weight, ParameterShape(name: "bias", shape: [bias.channels], fanIn: 0)]
  }
}
