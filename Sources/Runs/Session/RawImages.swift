import Foundation
import Interchange
import Lifted

/// Images and labels as a source gives them.
struct RawImages {
  /// Pictures one after another: bytes are scaled to [0, 1], numbers are taken as they are.
  enum Pixels {
    case bytes([UInt8])
    case numbers([Float])
  }

  struct Part {
    let pixels: Pixels
    let labels: [UInt8]
    /// Where the labels are from, for messages.
    let labelSource: String

    func samples(task: ImageSamples.Task, seed: UInt64) throws(SolverError) -> ImageSamples {
      let count = max(labels.count, 1)
      return switch pixels {
      case .bytes(let bytes):
        try ImageSamples(
          bytes: bytes, labels: labels, pixels: bytes.count / count, task: task, seed: seed)
      case .numbers(let numbers):
        try ImageSamples(
          numbers: numbers, labels: labels, pixels: numbers.count / count, task: task, seed: seed)
      }
    }

    /// Refuses a label that no output of the network stands for.
    func checkLabels(classes: Int) throws(RecipeError) {
      guard let index = labels.firstIndex(where: { $0 >= classes }) else { return }
      let needed = Int(labels.max() ?? 0) + 1
      throw RecipeError(
        source: labelSource,
        problem: "label \(labels[index]) at index \(index), but the last layer has \(classes) "
          + "outputs; make the last width \(needed) or mend the label")
    }
  }

  let train: Part
  let test: Part
  let pictureShape: [Int]
  let labelNames: [String]

  init(_ recipe: DataRecipe, seed: UInt64) throws {
    switch recipe.source {
    case .shapes: self.init(shapes: recipe, seed: seed)
    case .fashionMNIST:
      try self.init(idx: try FashionMNIST.folder(given: recipe.folder), names: FashionMNIST.labels)
    case .idx: try self.init(idx: URL(fileURLWithPath: recipe.folder ?? "."), names: [])
    case .npz: try self.init(npz: URL(fileURLWithPath: recipe.folder ?? "."))
    case .pictures, .deadLeaves:
      throw RecipeError(
        source: "data", key: "source", problem: "\(recipe.source.rawValue) are for restoration")
    }
  }

  private init(_ train: Part, _ test: Part, pictureShape: [Int], names: [String]) {
    (self.train, self.test) = (train, test)
    (self.pictureShape, labelNames) = (pictureShape, names)
  }

  private init(shapes recipe: DataRecipe, seed: UInt64) {
    func part(_ count: Int, lane: UInt64) -> Part {
      let (bytes, labels) = ShapeImages.make(count: count, seed: seed, lane: lane)
      return Part(pixels: .bytes(bytes), labels: labels, labelSource: "shapes")
    }
    self.init(
      part((recipe.trainingSamples ?? 4000) + recipe.validationSamples, lane: 0),
      part(recipe.testSamples ?? 1000, lane: 1),
      pictureShape: [ShapeImages.side, ShapeImages.side], names: ShapeImages.names)
  }

  private init(idx folder: URL, names: [String]) throws {
    func part(_ prefix: String) throws -> (Part, [Int]) {
      let imageFile = FashionMNIST.file(prefix + "-images-idx3-ubyte", in: folder)
      let labelFile = FashionMNIST.file(prefix + "-labels-idx1-ubyte", in: folder)
      let images = try IDXFile.images(from: imageFile)
      let labels = try IDXFile.labels(from: labelFile)
      guard images.shape[0] == labels.count else {
        throw RecipeError(
          source: imageFile.path,
          problem: "\(images.shape[0]) images, but \(labels.count) labels in "
            + "\(labelFile.lastPathComponent); give files that belong together")
      }
      let part = Part(
        pixels: .bytes(images.scalars), labels: labels.scalars, labelSource: labelFile.path)
      return (part, Array(images.shape.dropFirst()))
    }
    let (train, shape) = try part("train")
    let (test, testShape) = try part("t10k")
    try Self.checkAlike(shape, testShape, in: folder)
    self.init(train, test, pictureShape: shape, names: names)
  }

  private init(npz file: URL) throws {
    let arrays = try NPZImages(file)
    let (train, shape) = try arrays.part("train")
    let (test, testShape) = try arrays.part("test")
    try Self.checkAlike(shape, testShape, in: file)
    switch (train.pixels, test.pixels) {
    case (.bytes, .bytes), (.numbers, .numbers): break
    case (.bytes, .numbers), (.numbers, .bytes):
      throw RecipeError(
        source: file.path,
        problem: "of x_train and x_test one holds bytes, which are scaled to [0, 1], and one "
          + "numbers, which are not; store both as one type")
    }
    self.init(train, test, pictureShape: shape, names: [])
  }

  private static func checkAlike(_ train: [Int], _ test: [Int], in source: URL) throws(RecipeError)
  {
    guard train == test else {
      throw RecipeError(
        source: source.path,
        problem: "training pictures are \(train), test pictures \(test); they must be alike")
    }
  }
}
