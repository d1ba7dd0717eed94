import Foundation
import Imaging
import Interchange
import Lifted
import Tensors

/// A trained network with its parameters, wherever it was trained.
public struct TrainedModel: Sendable {
  /// Kinds of files that hold one.
  public enum Origin: String, Sendable {
    /// A model in the ONNX format.
    case onnx = "ONNX model"
    /// An architecture in YAML, with weights in safetensors.
    case architecture = "architecture with weights"
    /// The folder of a run of ours.
    case run = "run folder"
  }

  /// Which of a run's weights.
  public enum Weights: String, Sendable, CaseIterable {
    /// Of the newest checkpoint.
    case last
    /// Those that validated best.
    case best
  }

  /// The name of the file or folder, without its ending.
  public let name: String
  /// Where it came from.
  public let origin: Origin
  /// The layers.
  public let network: Network
  /// What the layers have learned.
  public let parameters: Parameters<Float>
  /// Extents of a sample: `[784]`, or channels, height and width.
  public let inputShape: [Int]
  /// Extents of a sample's output.
  public let outputShape: [Int]

  /// The input as an image, if it is one.
  public var inputImage: ImageShape? {
    switch inputShape.count {
    case 2: try? ImageShape(channels: 1, height: inputShape[0], width: inputShape[1])
    case 3:
      try? ImageShape(channels: inputShape[0], height: inputShape[1], width: inputShape[2])
    default: nil
    }
  }

  /// Opens a model: an `.onnx` file, a `.yaml` file that names an architecture and its weights, or a run
  /// folder.
  /// - Parameters:
  ///   - url: the file or folder.
  ///   - weights: which weights of a run folder.
  ///   - pool: the threads to work with, where a run's data have to be looked at.
  /// - Throws: an error of one line: what is wrong, where, how to mend it.
  public static func open(
    _ url: URL, weights: Weights = .last, on pool: WorkerPool
  ) throws -> TrainedModel {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    if isThere, isFolder.boolValue {
      return try TrainedModel(run: RunFolder.open(url), weights: weights, on: pool)
    }
    let name = url.relativePath
    let kinds =
      "give an .onnx file, a .yaml file with input, network and weights, or a run folder"
    guard isThere else {
      throw FormatError(
        .unreadable, file: name, problem: "there is no such file or folder", remedy: kinds)
    }
    switch url.pathExtension.lowercased() {
    case "onnx": return try TrainedModel(onnx: url)
    case "yaml", "yml": return try TrainedModel(architecture: url)
    case "safetensors":
      throw FormatError(
        .unsupported, file: name, problem: "these are weights without a network",
        remedy: "give its run folder, or a YAML file with input, network and weights")
    default:
      throw FormatError(.unsupported, file: name, problem: "this is no model", remedy: kinds)
    }
  }

  /// A network in an ONNX file. See the article on bringing your own network for the operations.
  /// - Throws: `FormatError`.
  public init(onnx url: URL) throws(FormatError) {
    let graph = try ONNXGraph(ONNXModel.read(from: url), file: url.relativePath)
    let (network, parameters) = try graph.network()
    self.init(
      url, .onnx, network, parameters, input: graph.inputExtents,
      output: graph.entries.last?.extents ?? graph.inputExtents)
  }

  /// The network of a run.
  init(run folder: RunFolder, weights: Weights, on pool: WorkerPool) throws {
    let recipe = try Recipe(named: folder.recipe.relativePath)
    let network: Network
    let shape: [Int]
    if let known = recipe.data.pictureShape {
      (network, shape) = (try recipe.likeness(), known)
    } else {
      let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
      (network, shape) = (experiment.network, experiment.data.pictureShape)
    }
    let file = weights == .last ? folder.lastWeights : folder.bestWeights
    let theta = try WeightFile.read(from: file, for: network)
    self.init(folder.url, .run, network, theta, input: shape, output: nil)
  }

  init(
    _ url: URL, _ origin: Origin, _ network: Network, _ parameters: Parameters<Float>,
    input: [Int], output: [Int]?
  ) {
    name = url.deletingPathExtension().lastPathComponent
    self.origin = origin
    (self.network, self.parameters) = (network, parameters)
    inputShape = input
    outputShape =
      output ?? network.layers.last?.stage.outputImage?.extents ?? [network.outputs]
  }

  /// The outputs for a batch, samples in its first axis; the others may be joined, as long as there are as
  /// many numbers.
  /// - Returns: samples x outputs.
  /// - Throws: `SolverError` unless a sample has ``Network/inputs`` finite numbers.
  public func outputs(
    of samples: Tensor<Float>, on pool: WorkerPool
  ) throws(SolverError) -> Tensor<Float> {
    guard samples.shape.count >= 2, samples.columns == network.inputs, samples.rows > 0 else {
      throw .unsuitable(
        "an array of shape \(samples.shape) is no batch of samples of \(inputShape); its first extent "
          + "counts the samples, and each has \(network.inputs) numbers")
    }
    guard samples.isFinite else {
      throw .unsuitable("a number that goes in is not finite; mend the samples")
    }
    let rows = 256
    let (width, count) = (network.outputs, samples.rows)
    var result = Tensor<Float>(shape: [count, width])
    for start in stride(from: 0, to: count, by: rows) {
      let part = samples.rows(start..<min(start + rows, count)).flattened
      let outputs = network.output(of: part, at: parameters, on: pool)
      result.withMutablePointer { target in
        outputs.withPointer { (target + start * width).update(from: $0, count: outputs.count) }
      }
    }
    return result
  }
}

extension Tensor<Float> {
  /// A batch with one row for each sample.
  fileprivate var flattened: Self {
    (try? reshaped(to: [rows, columns])) ?? self
  }
}
