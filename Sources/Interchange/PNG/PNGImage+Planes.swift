import Tensors

extension PNGImage {
  /// The colours without opacity, channel after channel: shape `(1, height, width)` for grey,
  /// `(3, height, width)` for RGB. What lies under full transparency is given as stored.
  public var planes: Tensor<Float> {
    let (height, width, channels) = extents
    return plane(
      channels: 0..<(channels > 2 ? 3 : 1), shape: [channels > 2 ? 3 : 1, height, width])
  }

  /// The opacity, shape `(height, width)`; `nil` where the file has none.
  public var opacity: Tensor<Float>? {
    let (height, width, channels) = extents
    guard channels % 2 == 0 else { return nil }
    return plane(channels: channels - 1..<channels, shape: [height, width])
  }

  private var extents: (height: Int, width: Int, channels: Int) {
    (pixels.shape[0], pixels.shape[1], pixels.shape.count == 2 ? 1 : pixels.shape[2])
  }

  private func plane(channels chosen: Range<Int>, shape: [Int]) -> Tensor<Float> {
    let (height, width, channels) = extents
    var planes = Tensor<Float>(shape: shape)
    planes.withMutablePointer { target in
      pixels.withPointer { source in
        for (k, channel) in chosen.enumerated() {
          for p in 0..<height * width {
            target[k * height * width + p] = source[p * channels + channel]
          }
        }
      }
    }
    return planes
  }

  /// A picture of colours channel after channel, shape `(1, height, width)` or `(3, height, width)`,
  /// and an opacity of shape `(height, width)`, if there is one. So a picture is restored: its colours
  /// are worked on, its opacity and depth are kept.
  public init(planes: Tensor<Float>, opacity: Tensor<Float>? = nil, depth: Depth = .eight) {
    precondition(
      planes.shape.count == 3 && (opacity.map { $0.shape == Array(planes.shape[1...]) } ?? true),
      "planes \(planes.shape) with opacity \(opacity?.shape ?? [])")
    let colours = planes.shape[0]
    let channels = colours + (opacity == nil ? 0 : 1)
    let (height, width) = (planes.shape[1], planes.shape[2])
    var pixels = Tensor<Float>(
      shape: channels == 1 ? [height, width] : [height, width, channels])
    pixels.withMutablePointer { target in
      func write(_ source: UnsafePointer<Float>, _ channel: Int) {
        for p in 0..<height * width { target[p * channels + channel] = source[p] }
      }
      planes.withPointer { source in
        for c in 0..<colours { write(source + c * height * width, c) }
      }
      opacity?.withPointer { write($0, channels - 1) }
    }
    self.init(pixels, depth: depth)
  }
}
