import ArgumentParser
import Foundation
import Interchange
import Lifted
import Runs
import Tensors

/// `lifted evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate a run's weights on its test samples, or on other data.")

  enum Weights: String, ExpressibleByArgument, CaseIterable { case last, best }

  @Argument(help: "The run folder.")
  var folder: String

  @Option(
    help: "A folder of data in the form of the recipe's source; all of its test samples are taken.")
  var data: String?

  @Option(help: "Which weights: of the last checkpoint, or those that validated best.")
  var weights = Weights.last

  @Option(help: "Write the network's outputs to this NPY file, one row for each sample.")
  var outputs: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: self.folder))
    let pool = compute.pool
    let recipe = try Recipe(named: folder.recipe.relativePath, settings: settings)
    let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
    let file = weights == .last ? folder.lastWeights : folder.bestWeights
    let theta = try WeightFile.read(from: file, for: experiment.network)
    let figures = try experiment.figures(of: theta, on: experiment.data.test, pool: pool)
    if let outputs { try write(experiment, theta, to: outputs, on: pool) }
    let names = ["loss", experiment.metric.rawValue]
    let others = figures.keys.filter { !names.contains($0) }.sorted()
    let rows =
      [("samples", "\(experiment.data.test.count)")]
      + (names + others).map { ($0, text(figures[$0] ?? .nan)) }
    if json {
      print("{" + rows.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}")
    } else {
      print(Terminal.table(rows.map { [$0.0, $0.1] }))
    }
  }

  private func write(
    _ experiment: Experiment, _ theta: Parameters<Float>, to file: String, on pool: WorkerPool
  ) throws {
    guard case .samples(let samples) = experiment.data.test else {
      throw ToolError("--outputs is for samples of one size; pictures are written by lifted restore")
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
