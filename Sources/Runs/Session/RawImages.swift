import Foundation
import Interchange
import Lifted

/// Labels as a source gives them, and images when they are asked for.
struct RawImages {
  struct Part: Sendable {
    /// Numbers in an image.
    let pixels: Int
    let labels: [UInt8]
    /// Where the labels are from, for messages.
    let labelSource: String
    /// Reads some images, ascending, one after another.
    let read: @Sendable ([Int]) throws -> ImageSamples.Pixels

    /// All samples, without an image in memory.
    func samples(task: ImageSamples.Task, seed: UInt64) throws(SolverError) -> ImageSamples {
      try ImageSamples(labels: labels, pixels: pixels, task: task, seed: seed)
    }

    /// Sets of samples with the images of some of them in memory, read at one go.
    func filled(
      _ sets: [(samples: ImageSamples, needed: Range<Int>)]
    ) throws -> [ImageSamples] {
      let images = Set(sets.flatMap { $0.samples.images(of: $0.needed) }).sorted()
      let pixels = images.isEmpty ? .bytes([]) : try read(images)
      return try sets.map { try $0.samples.holding(pixels, of: images) }
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
      Part(
        pixels: ShapeImages.side * ShapeImages.side,
        labels: ShapeImages.labels(count: count, seed: seed, lane: lane), labelSource: "shapes"
      ) { .bytes(ShapeImages.pixels(of: $0, seed: seed, lane: lane)) }
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
      let images = try IDXImages(imageFile)
      let labels = try IDXFile.labels(from: labelFile)
      guard images.shape[0] == labels.count else {
        throw RecipeError(
          source: imageFile.path,
          problem: "\(images.shape[0]) images, but \(labels.count) labels in "
            + "\(labelFile.lastPathComponent); give files that belong together")
      }
      let part = Part(
        pixels: images.shape[1] * images.shape[2], labels: labels.scalars,
        labelSource: labelFile.path
      ) { .bytes(try images.pixels(of: $0)) }
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
    guard arrays.holdsBytes("train") == arrays.holdsBytes("test") else {
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
