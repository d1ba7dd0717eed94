import Lifted
import Tensors

/// A recipe with one method, made ready to run: data, network, initial parameters, training.
public struct Experiment: Sendable {
  /// The recipe, narrowed to its one method.
  public let recipe: Recipe
  /// The one method.
  public let method: MethodRecipe
  /// Its samples.
  public let data: DataSets
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
  ///   - pool: the threads to work with.
  /// - Throws: ``RecipeError`` if data, network and method do not go together.
  public init(
    _ recipe: Recipe, method: MethodRecipe, data: DataSets? = nil, on pool: WorkerPool
  ) throws(RecipeError) {
    let recipe = recipe.choosing(method)
    (self.recipe, self.method) = (recipe, method)
    if let data {
      self.data = data
    } else {
      self.data = try DataSets(recipe)
    }
    do {
      network = try Self.network(recipe, method, self.data)
      let probe: Batch<Float> = self.data.train.batch(
        of: 0..<min(Self.probeSize, self.data.train.count), on: pool)
      initial = try recipe.training.initialisation.parameters(
        for: network, seed: recipe.seed, probe: probe.inputs, on: pool)
      let beta = try Self.calibratedNudge(method, network, initial, probe, pool)
      training = try StochasticTraining(
        network, method: method.make(calibrated: beta), batchSize: recipe.training.batchSize,
        epochs: recipe.training.epochs,
        maximumGradientEvaluations: recipe.training.maximumGradientEvaluations,
        schedule: recipe.training.schedule, seed: recipe.seed)
    } catch let error as RecipeError {
      throw error
    } catch {
      throw RecipeError(source: recipe.name, problem: "\(error)")
    }
  }

  static let probeSize = 500

  private static func network(
    _ recipe: Recipe, _ method: MethodRecipe, _ data: DataSets
  ) throws -> Network {
    let network = try recipe.network.network(on: LayerInput(picture: data.pictureShape))
    guard network.outputs == data.train.targets else {
      throw RecipeError(
        source: recipe.name, key: "network",
        problem: "the last layer has \(network.outputs) outputs, but the targets have "
          + "\(data.train.targets) numbers; make the last width \(data.train.targets)")
    }
    return method.frozenHiddenLayers ? network.withFrozenHiddenLayers : network
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
  public var metric: MetricKind {
    recipe.data.task == .classification ? .accuracy : .meanSquaredError
  }

  /// Names of the layers for reports.
  public var layerNames: [String] {
    zip(recipe.network, network.layers).enumerated().map { index, pair in
      let (stage, name) = (pair.1.stage, pair.0.activation.name)
      return "\(index + 1) \(name) \(stage.outputImage?.description ?? "\(stage.outputs)")"
    }
  }

  /// The metric of an evaluation.
  func metric(of evaluation: Evaluation) -> Double {
    metric == .accuracy ? evaluation.accuracy : evaluation.meanSquaredError
  }

  /// The figures of an evaluation by name.
  func figures(of evaluation: Evaluation) -> [String: Double] {
    ["loss": evaluation.loss, metric.rawValue: metric(of: evaluation)]
  }
}
