import Imaging
import Lifted
import Tensors

/// A recipe with one method, made ready to run: data, network, initial parameters, training.
public struct Experiment: Sendable {
  /// The recipe, narrowed to its one method.
  public let recipe: Recipe
  /// The one method.
  public let method: MethodRecipe
  /// Its samples.
  public internal(set) var data: DataSets
  /// The network, hidden layers frozen if the method is the control.
  public let network: Network
  /// The training, its nudge calibrated if the recipe says `auto`.
  public internal(set) var training: StochasticTraining
  /// The parameters before the first step.
  public let initial: Parameters<Float>

  /// - Parameters:
  ///   - recipe: what to train.
  ///   - method: one of the recipe's methods.
  ///   - data: the recipe's samples, if they are loaded already.
  ///   - share: which of them to load.
  ///   - pool: the threads to work with.
  /// - Throws: ``RecipeError`` if data, network and method do not go together.
  public init(
    _ recipe: Recipe, method: MethodRecipe, data: DataSets? = nil, share: SampleShare = .all,
    on pool: WorkerPool
  ) throws(RecipeError) {
    let recipe = recipe.choosing(method)
    (self.recipe, self.method) = (recipe, method)
    if let data {
      self.data = data
    } else {
      self.data = try DataSets(recipe, share: share)
    }
    do {
      network = try Self.network(recipe, method, self.data)
      let probe = Self.probe(of: self.data.train, for: network, on: pool)
      initial = try recipe.network.parameters(
        for: network, recipe.training, on: LayerInput(picture: self.data.pictureShape),
        map: Self.map(of: recipe), seed: recipe.seed, probe: probe.inputs, pool)
      let beta = try Self.calibratedNudge(method, network, initial, probe, pool)
      training = try StochasticTraining(
        network, method: method.make(calibrated: beta), batchSize: recipe.training.batchSize,
        epochs: recipe.training.epochs,
        maximumGradientEvaluations: recipe.training.maximumGradientEvaluations,
        schedule: recipe.training.schedule, seed: recipe.seed)
      try Self.checkLength(of: training, on: self.data.train, recipe)
    } catch let error as RecipeError {
      throw error
    } catch {
      throw RecipeError(source: recipe.name, problem: "\(error)")
    }
  }

  private static func checkLength(
    of training: StochasticTraining, on samples: any SampleSource, _ recipe: Recipe
  ) throws(RecipeError) {
    let steps = training.epochs * training.stepsPerEpoch(samples: samples.count)
    do { try training.method.check(steps: steps, samples: samples.count) } catch {
      throw RecipeError(source: recipe.name, key: "methods", problem: "\(error)")
    }
  }

  /// The first samples, ``SampleShare/mostInProbe`` of them or as many as keep the variables of all layers small.
  static func probe(
    of samples: any SampleSource, for network: Network, on pool: WorkerPool
  ) -> Batch<Float> {
    let fitting = (1 << 24) / network.widths.reduce(0, +)
    return samples.batch(
      of: 0..<min(SampleShare.mostInProbe, max(fitting, 8), samples.count), on: pool)
  }

  /// The operator on patches, in restoration.
  private static func map(of recipe: Recipe) throws -> (any LinearOperator)? {
    try recipe.data.restoration.map { try $0.operator.map(on: $0.patchShape, seed: recipe.seed) }
  }

  private static func network(
    _ recipe: Recipe, _ method: MethodRecipe, _ data: DataSets
  ) throws -> Network {
    let map = try map(of: recipe)
    var network = try recipe.network.network(
      on: LayerInput(picture: data.pictureShape), map: map)
    if let map, let mask = try recipe.data.restoration?.lossMask(of: map) {
      network = try Network(network.layers + [Layer(OperatorStage(mask), Identity())])
    }
    guard network.outputs == data.train.targets else {
      throw RecipeError(
        source: recipe.name, key: "network",
        problem: "the last layer has \(network.outputs) outputs, but the targets have "
          + "\(data.train.targets) numbers; make the last width \(data.train.targets)")
    }
    if method.frozenHiddenLayers { network = network.withFrozenHiddenLayers }
    guard network.layers.contains(where: \.isTrainable) else {
      throw RecipeError(
        source: recipe.name, key: "network",
        problem: "no layer is to be trained: all are frozen, without parameters, or share those of "
          + "a frozen one; free at least one")
    }
    return network
  }

  private static func calibratedNudge(
    _ method: MethodRecipe, _ network: Network, _ theta: Parameters<Float>, _ probe: Batch<Float>,
    _ pool: WorkerPool
  ) throws(SolverError) -> Double? {
    guard let kind = method.kind as? SweepRecipe, kind.nudge == .auto,
      kind.signal != .backPropagation
    else { return nil }
    return try NudgeCalibration().nudge(for: kind.signal.signal, network, theta, probe, on: pool)
  }

  /// What the validation metric measures.
  public var metric: MetricKind { MetricKind(of: recipe.data.task) }

  /// Names of the layers for reports.
  public var layerNames: [String] { recipe.network.names(of: network) }

  /// Judges parameters on samples.
  func score(
    _ theta: Parameters<Float>, on samples: EvaluationSamples, pool: WorkerPool
  ) throws -> Score {
    switch samples {
    case .samples(let samples):
      let evaluation = Evaluation(of: theta, network, on: samples, pool: pool)
      return Score(
        loss: evaluation.loss,
        metric: metric == .accuracy ? evaluation.accuracy : evaluation.meanSquaredError)
    case .pictures(let pictures):
      return try pictures.score(
        by: try PictureRestorer(recipe, theta), patchPixels: network.outputs, on: pool)
    }
  }

  /// The figures of parameters on samples, by name: the loss, the metric and what else there is.
  /// - Throws: an error of one line where a picture cannot be restored.
  public func figures(
    of theta: Parameters<Float>, on samples: EvaluationSamples, pool: WorkerPool
  ) throws -> [String: Double] {
    let score = try score(theta, on: samples, pool: pool)
    return ["loss": score.loss, metric.rawValue: score.metric].merging(score.others) { $1 }
  }
}
