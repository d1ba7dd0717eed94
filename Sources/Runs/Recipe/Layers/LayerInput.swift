import Lifted

/// What a layer of a recipe stands on.
enum LayerInput: Equatable {
  /// So many numbers.
  case row(Int)
  case image(ImageShape)

  /// The samples of a data set: rows and columns, or channels, rows and columns; one extent for rows of
  /// numbers.
  init(picture shape: [Int]) throws(ShapeError) {
    switch shape.count {
    case 2: self = .image(try ImageShape(channels: 1, height: shape[0], width: shape[1]))
    case 3: self = .image(try ImageShape(channels: shape[0], height: shape[1], width: shape[2]))
    default: self = .row(shape.reduce(1, *))
    }
  }

  /// What a stage gives.
  init(from stage: any AffineStage) {
    self = stage.outputImage.map { .image($0) } ?? .row(stage.outputs)
  }

  /// Numbers.
  var count: Int {
    switch self {
    case .row(let count): count
    case .image(let shape): shape.count
    }
  }

  /// The image, for layers that need one.
  /// - Throws: `SolverError` if it is a row of numbers.
  func image(for layer: String) throws(SolverError) -> ImageShape {
    switch self {
    case .image(let shape): shape
    case .row(let count):
      throw .unsuitable(
        "\(layer) needs an image, but what comes in is a row of \(count) numbers; put it before the "
          + "first layer with a width, and give samples with rows and columns")
    }
  }
}
