import Foundation
import Interchange
import Lifted

/// The samples of a recipe: training, validation and test kept apart, and how to show them.
public struct DataSets: Sendable {
  /// The samples that weights are trained on.
  public let train: ImageSamples
  /// Set aside from the training samples; best weights and early stopping look at nothing else.
  public let validation: ImageSamples
  /// Looked at once, when a run has ended.
  public let test: ImageSamples
  /// Rows and columns of a picture.
  public let pictureShape: [Int]
  /// What the labels stand for; empty where that is not known.
  public let labelNames: [String]

  /// Loads what a recipe asks for.
  /// - Throws: ``RecipeError`` naming the file or the key at fault.
  public init(_ recipe: DataRecipe, seed: UInt64) throws(RecipeError) {
    do {
      let raw = try RawImages(recipe, seed: seed)
      try self.init(raw, recipe, seed: seed)
    } catch let error as RecipeError {
      throw error
    } catch let error as SolverError {
      throw RecipeError(source: recipe.folder ?? "data", problem: "\(error)")
    } catch {
      throw RecipeError(source: "data", problem: "\(error)")
    }
  }

  private init(_ raw: RawImages, _ recipe: DataRecipe, seed: UInt64) throws {
    let task: ImageSamples.Task =
      switch recipe.task {
      case .classification: .classification(classes: raw.classes)
      case .reconstruction: .reconstruction(noise: recipe.noise)
      }
    let all = try raw.train.samples(task: task, seed: seed)
    let parts = try all.split(settingAside: recipe.validationSamples, seed: seed)
    let wanted = recipe.trainingSamples ?? parts.rest.count
    guard wanted <= parts.rest.count else {
      throw RecipeError(
        source: "data", key: "trainingSamples",
        problem: "\(wanted) are asked for, \(parts.rest.count) are left beside validation")
    }
    train = parts.rest.subset(0..<wanted)
    validation = parts.aside
    let tests = try raw.test.samples(task: task, seed: seed)
    test = tests.subset(0..<min(recipe.testSamples ?? tests.count, tests.count))
    pictureShape = raw.pictureShape
    labelNames = raw.labelNames
  }
}

/// Images and labels as a source gives them.
struct RawImages {
  struct Part {
    var bytes: [UInt8] = []
    var numbers: [Float] = []
    var labels: [UInt8]

    func samples(task: ImageSamples.Task, seed: UInt64) throws(SolverError) -> ImageSamples {
      let count = max(labels.count, 1)
      return numbers.isEmpty
        ? try ImageSamples(
          bytes: bytes, labels: labels, pixels: bytes.count / count, task: task, seed: seed)
        : try ImageSamples(
          numbers: numbers, labels: labels, pixels: numbers.count / count, task: task, seed: seed)
    }
  }

  let train: Part
  let test: Part
  let pictureShape: [Int]
  let labelNames: [String]
  let classes: Int

  init(_ recipe: DataRecipe, seed: UInt64) throws {
    switch recipe.source {
    case .shapes: self.init(shapes: recipe, seed: seed)
    case .fashionMNIST:
      try self.init(idx: try FashionMNIST.folder(given: recipe.folder), names: FashionMNIST.labels)
    case .idx: try self.init(idx: URL(fileURLWithPath: recipe.folder ?? "."), names: [])
    case .npz: try self.init(npz: URL(fileURLWithPath: recipe.folder ?? "."))
    }
  }

  private init(_ train: Part, _ test: Part, pictureShape: [Int], names: [String]) {
    (self.train, self.test) = (train, test)
    (self.pictureShape, labelNames) = (pictureShape, names)
    classes = Int(max(train.labels.max() ?? 0, test.labels.max() ?? 0)) + 1
  }

  private init(shapes recipe: DataRecipe, seed: UInt64) {
    let count = (recipe.trainingSamples ?? 4000) + recipe.validationSamples
    let train = ShapeImages.make(count: count, seed: seed, lane: 0)
    let test = ShapeImages.make(count: recipe.testSamples ?? 1000, seed: seed, lane: 1)
    self.init(
      Part(bytes: train.bytes, labels: train.labels), Part(bytes: test.bytes, labels: test.labels),
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
      return (Part(bytes: images.scalars, labels: labels.scalars), Array(images.shape.dropFirst()))
    }
    let (train, shape) = try part("train")
    let (test, testShape) = try part("t10k")
    try Self.checkAlike(shape, testShape, in: folder)
    self.init(train, test, pictureShape: shape, names: names)
  }

  private init(npz file: URL) throws {
    let arrays = try NPZFile.read(from: file)
    func part(_ suffix: String) throws -> (Part, [Int]) {
      func array(_ name: String) throws -> AnyTensor {
        guard let array = arrays[name] else {
          throw RecipeError(
            source: file.path,
            problem: "no array '\(name)'; the file must hold x_train, y_train, x_test, y_test")
        }
        return array
      }
      let (images, labels) = (try array("x_" + suffix), try array("y_" + suffix))
      let shape = Array(images.shape.dropFirst())
      guard !shape.isEmpty, images.shape.first == labels.count else {
        throw RecipeError(
          source: file.path,
          problem:
            "x_\(suffix) of shape \(images.shape) and y_\(suffix) of shape \(labels.shape) do "
            + "not belong together; there must be one label for each image")
      }
      var part = Part(labels: try Self.labels(labels, "y_" + suffix, file))
      if case .uint8(let bytes) = images {
        part.bytes = bytes.scalars
      } else {
        part.numbers = images.real(Float.self).scalars
      }
      return (part, shape.count == 1 ? [1] + shape : [shape[0], shape.dropFirst().reduce(1, *)])
    }
    let ((train, shape), (test, testShape)) = (try part("train"), try part("test"))
    try Self.checkAlike(shape, testShape, in: file)
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

  private static func labels(_ array: AnyTensor, _ name: String, _ file: URL) throws -> [UInt8] {
    let numbers = array.real(Double.self)
    return try numbers.scalars.map { number in
      guard let label = UInt8(exactly: number) else {
        throw RecipeError(
          source: file.path, problem: "\(name) holds \(number); labels are whole numbers, 0 to 255")
      }
      return label
    }
  }
}
