import ArgumentParser
import Foundation
import Interchange
import Lifted
import Runs
import Tensors

/// `lifted evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate a run's weights on its test samples or other data, or a model on an array.")

  @Argument(help: "The run folder, or a model: an ONNX file, or a YAML file with an architecture.")
  var model: String

  @Option(
    help:
      "A folder of data in the form of the recipe's source, all of its test samples are taken; or an NPY file of samples."
  )
  var data: String?

  @Option(help: "Which weights of a run: of the last checkpoint, or those that validated best.")
  var weights = TrainedModel.Weights.last

  @Option(help: "Write the network's outputs to this NPY file, one row for each sample.")
  var outputs: String?

  @Option(help: "With an NPY file of samples: what the outputs are compared with, an NPY file.")
  var reference: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let isArray = data.map { $0.lowercased().hasSuffix(".npy") } ?? false
    if isArray || !isFolder(model) { return try evaluateModel() }
    guard reference == nil else {
      throw ToolError("--reference is for samples in an NPY file; give one by --data")
    }
    let folder = try RunFolder.open(URL(fileURLWithPath: self.model))
    let pool = compute.pool
    let recipe = try Recipe(named: folder.recipe.relativePath, settings: settings)
    let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
    let file = weights == .last ? folder.lastWeights : folder.bestWeights
    let theta = try WeightFile.read(from: file, for: experiment.network)
    let figures = try experiment.figures(of: theta, on: experiment.data.test, pool: pool)
    if let outputs { try write(experiment, theta, to: outputs, on: pool) }
    let names = ["loss", experiment.metric.rawValue]
    let others = figures.keys.filter { !names.contains($0) }.sorted()
    show(
      [("samples", "\(experiment.data.test.count)")]
        + (names + others).map { ($0, text(figures[$0] ?? .nan)) })
  }

  /// Any model on the samples of an NPY file.
  private func evaluateModel() throws {
    let pool = compute.pool
    let model = try TrainedModel.open(URL(fileURLWithPath: model), weights: weights, on: pool)
    guard let data else {
      throw ToolError("\(self.model) has no data of its own; give samples by --data FILE.npy")
    }
    let samples = try NPYFile.read(from: URL(fileURLWithPath: data)).tensor.real(Float.self)
    let found: Tensor<Float>
    do { found = try model.outputs(of: samples, on: pool) } catch {
      throw ToolError("\(data): \(error)")
    }
    var rows = [("samples", "\(found.rows)"), ("outputs", extentsText(model.outputShape))]
    if let reference {
      let wanted = try NPYFile.read(from: URL(fileURLWithPath: reference)).tensor.real(Float.self)
      guard wanted.count == found.count, wanted.rows == found.rows else {
        throw ToolError(
          "\(reference): an array of shape \(wanted.shape) does not fit \(found.rows) outputs of "
            + "\(model.outputShape); give one for each sample")
      }
      let gaps = zip(found.scalars, wanted.scalars).map { abs(Double($0) - Double($1)) }
      rows += [
        ("mean_squared_error", text(gaps.reduce(0) { $0 + $1 * $1 } / Double(gaps.count))),
        ("greatest_difference", text(gaps.max() ?? 0)),
      ]
    }
    if let outputs {
      let shaped = try found.reshaped(to: [found.rows] + model.outputShape)
      try NPYFile(shaped).write(to: URL(fileURLWithPath: outputs))
    }
    show(rows)
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return !isThere && !path.contains(".") || isFolder.boolValue
  }

  private func show(_ rows: [(String, String)]) {
    if json {
      print("{" + rows.map { "\"\($0.0)\": \(quoted($0.1))" }.joined(separator: ", ") + "}")
    } else {
      print(Terminal.table(rows.map { [$0.0, $0.1] }))
    }
  }

  /// Numbers and `null` as they are.
  private func quoted(_ value: String) -> String {
    Double(value) != nil || value == "null" ? value : "\"\(value)\""
  }

  private func write(
    _ experiment: Experiment, _ theta: Parameters<Float>, to file: String, on pool: WorkerPool
  ) throws {
    guard case .samples(let samples) = experiment.data.test else {
      throw ToolError("--outputs is for samples of one size; lifted restore writes pictures")
    }
    let all = experiment.network.outputs(at: theta, for: samples, on: pool)
    try NPYFile(all).write(to: URL(fileURLWithPath: file))
  }

  /// What is laid over the run's recipe: other data come in other numbers.
  private var settings: [String] {
    guard let data else { return [] }
    return [
      "data.folder=\(data)", "data.trainingSamples=null", "data.validationSamples=0",
      "data.testSamples=null",
    ]
  }

  /// JSON knows no infinity and no nan.
  private func text(_ figure: Double) -> String {
    figure.isFinite || !json ? "\(figure)" : "null"
  }
}

extension TrainedModel.Weights: ExpressibleByArgument {}
