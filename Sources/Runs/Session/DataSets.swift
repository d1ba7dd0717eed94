import Imaging
import Lifted
import Tensors

/// The samples of a recipe: training, validation and test kept apart, and how to show them.
public struct DataSets: Sendable {
  /// The samples that weights are trained on.
  public internal(set) var train: any SampleSource
  /// Set aside from the training samples; best weights and early stopping look at nothing else.
  public let validation: EvaluationSamples
  /// Looked at once, when a run has ended.
  public let test: EvaluationSamples
  /// Rows and columns of a sample's picture.
  public let pictureShape: [Int]
  /// What the labels stand for; empty where that is not known.
  public let labelNames: [String]
  /// Reads a range of the training samples; nil where all are in memory anyway.
  private let read: (@Sendable (ImageSamples, Range<Int>) throws -> ImageSamples)?

  /// Loads what a recipe asks for.
  /// - Parameters:
  ///   - recipe: says where the samples come from; its network's outputs are the number of classes.
  ///   - seed: root of the randomness, instead of the recipe's own.
  ///   - share: the samples that are needed; of restoration, all.
  /// - Throws: ``RecipeError`` naming the file or the key at fault.
  public init(
    _ recipe: Recipe, seed: UInt64? = nil, share: SampleShare = .all
  ) throws(RecipeError) {
    let source = recipe.data.folder ?? "data"
    let seed = seed ?? recipe.seed
    do {
      if let restoration = recipe.data.restoration {
        try self.init(restoration, recipe.data, seed: seed)
        return
      }
      let raw = try RawImages(recipe.data, seed: seed)
      let classes = try recipe.network.outputs(on: raw.pictureShape, of: recipe.name)
      try self.init(raw, recipe.data, classes: classes, source: source, seed: seed, share)
    } catch let error as RecipeError {
      throw error
    } catch let error as SolverError {
      throw RecipeError(source: source, problem: "\(error)")
    } catch let error as ImagingError {
      throw RecipeError(source: source, problem: "\(error)")
    } catch {
      throw RecipeError(source: "data", problem: "\(error)")
    }
  }

  private init(
    _ raw: RawImages, _ recipe: DataRecipe, classes: Int, source: String, seed: UInt64,
    _ share: SampleShare
  ) throws {
    let task: ImageSamples.Task
    switch recipe.task {
    case .classification:
      for part in [raw.train, raw.test] { try part.checkLabels(classes: classes) }
      task = .classification(classes: classes)
    case .reconstruction, .restoration: task = .reconstruction(noise: recipe.noise.most)
    }
    func check(_ wanted: Int?, _ key: String, of count: Int, _ whose: String) throws(RecipeError) {
      guard let wanted, wanted > count else { return }
      throw RecipeError(
        source: source, key: "data.\(key)",
        problem: "\(wanted) are asked for, \(count) \(whose); ask for fewer")
    }
    let all = try raw.train.samples(task: task, seed: seed)
    try check(
      recipe.validationSamples, "validationSamples", of: max(all.count - 1, 0),
      "of the \(all.count) training samples can be set aside")
    let parts = try all.split(settingAside: recipe.validationSamples, seed: seed)
    let left = parts.rest.count
    try check(recipe.trainingSamples, "trainingSamples", of: left, "are left beside validation")
    let chosen = parts.rest.subset(0..<(recipe.trainingSamples ?? left))
    var tests = try raw.test.samples(task: task, seed: Self.testSeed(seed))
    try check(recipe.testSamples, "testSamples", of: tests.count, "test samples are there")
    tests = tests.subset(0..<(recipe.testSamples ?? tests.count))
    func evaluated(_ samples: ImageSamples) -> (ImageSamples, Range<Int>) {
      (samples, 0..<(share.evaluates ? samples.count : 0))
    }
    let count = min(share.training ?? chosen.count, chosen.count)
    let filled = try raw.train.filled([(chosen, 0..<count), evaluated(parts.aside)])
    train = filled[0]
    validation = .samples(filled[1])
    test = .samples(try raw.test.filled([evaluated(tests)])[0])
    pictureShape = raw.pictureShape
    labelNames = raw.labelNames
    read = { [train = raw.train] samples, range in try train.filled([(samples, range)])[0] }
  }

  /// Leaves only a range of the training samples in memory, and reads them if they are not there.
  /// - Throws: an error of one line if a file has changed meanwhile, or holds what is no number.
  mutating func keepTraining(only range: Range<Int>) throws {
    if let read, let samples = train as? ImageSamples, !samples.hasImages(of: range) {
      train = try read(samples, range)
    } else {
      train = train.keeping(only: range)
    }
  }

  /// Patches to train on, and whole pictures.
  private init(_ restoration: RestorationRecipe, _ recipe: DataRecipe, seed: UInt64) throws {
    let source = try PictureSource(recipe, seed: seed)
    func problems(_ pictures: [Tensor<Float>], seed: UInt64) -> EvaluationSamples {
      let degradation = Degradation(restoration.operator, noise: recipe.noise, seed: seed)
      return .pictures(PictureProblems(pictures: pictures, degradation: degradation))
    }
    train = try PatchSamples(
      source.train, count: recipe.trainingSamples ?? Self.usualPatches, restoration,
      noise: recipe.noise, seed: seed)
    let testSeed = Self.testSeed(seed)
    test = problems(source.test, seed: testSeed)
    validation = problems(source.validation, seed: Self.testSeed(testSeed))
    pictureShape = [restoration.patch, restoration.patch]
    labelNames = []
    read = nil
  }

  private static let usualPatches = 1600

  /// The seed of the noise on test samples: samples of the same number in the two files must not
  /// share their noise. The lane is that of no sample.
  private static func testSeed(_ seed: UInt64) -> UInt64 {
    var stream = RandomStream(seed: seed, .noise, lane: .max)
    return stream.next()
  }
}

extension NetworkChoice {
  /// Outputs of the network on such pictures.
  fileprivate func outputs(on picture: [Int], of recipe: String) throws(RecipeError) -> Int {
    do { return try network(on: LayerInput(picture: picture)).outputs } catch {
      throw RecipeError(source: recipe, key: "network", problem: "\(error)")
    }
  }
}
