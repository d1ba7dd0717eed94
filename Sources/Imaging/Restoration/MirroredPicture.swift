import Tensors

/// A picture with a mirrored margin, channel after channel.
struct MirroredPicture<S: TensorScalar> {
  let shape: ImageShape
  let margin: Int
  private(set) var numbers: [S]
  var width: Int { shape.width + 2 * margin }
  var pixels: Int { width * (shape.height + 2 * margin) }

  init(_ batch: Tensor<S>, _ row: Int, _ shape: ImageShape, margin: Int) {
    (self.shape, self.margin) = (shape, margin)
    numbers = []
    let columns = (-margin..<shape.width + margin).map { Self.mirror($0, shape.width) }
    numbers.reserveCapacity(shape.channels * columns.count * (shape.height + 2 * margin))
    for c in 0..<shape.channels {
      for i in -margin..<shape.height + margin {
        let line =
          (row * shape.channels + c) * shape.pixels
          + Self.mirror(i, shape.height) * shape.width
        for j in columns { numbers.append(batch.scalars[line + j]) }
      }
    }
  }

  /// `c b a | a b c | c b a`, as often as it takes.
  private static func mirror(_ i: Int, _ extent: Int) -> Int {
    let place = ((i % (2 * extent)) + 2 * extent) % (2 * extent)
    return place < extent ? place : 2 * extent - 1 - place
  }
}
