import Foundation
import Interchange
import Lifted
import Testing

@testable import Runs

/// Architectures with weights, and what `TrainedModel.open` tells apart.
@Suite("Trained models") struct TrainedModelTests {
  private let pool = WorkerPool(threads: 2)
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let decoder = """
    input: 3
    network:
      - {width: [2, 2, 3], activation: relu}
      - {transposedConvolution: 1, kernel: 2, stride: 2, activation: sigmoid}
    """

  /// Weights under given names: Linear, ReLU, Unflatten, ConvTranspose2d.
  private func writeWeights(_ first: String, _ second: String, prefix: String = "") throws {
    func ramp(_ shape: [Int]) throws -> AnyTensor {
      let count = shape.reduce(1, *)
      return .float32(
        try Tensor(shape: shape, scalars: (0..<count).map { Float($0) / Float(count) - 0.4 }))
    }
    try Safetensors(entries: [
      ("\(prefix)\(first).weight", try ramp([12, 3])), ("\(prefix)\(first).bias", try ramp([12])),
      ("\(prefix)\(second).weight", try ramp([2, 1, 2, 2])),
      ("\(prefix)\(second).bias", try ramp([1])),
    ]).write(to: scratch.url.appendingPathComponent("w.safetensors"))
  }

  private func open(_ yaml: String) throws -> TrainedModel {
    let file = scratch.url.appendingPathComponent("model.yaml")
    try Data(yaml.utf8).write(to: file)
    return try TrainedModel.open(file, on: pool)
  }

  private func complaint(_ body: () throws -> TrainedModel) -> String {
    do {
      _ = try body()
      return "taken"
    } catch { return "\(error)" }
  }

  @Test("Weights are found by torch.nn.Sequential's names, by a list of names and behind a prefix")
  func names() throws {
    try writeWeights("0", "3")
    let x = try Tensor<Float>(shape: [2, 3], scalars: [1, -1, 0.5, 0, 2, -0.25])
    let plain = try open("\(Self.decoder)\nweights: w.safetensors\n")
    #expect(
      plain.inputShape == [3] && plain.outputShape == [1, 4, 6] && plain.origin == .architecture)
    let expected = try plain.outputs(of: x, on: pool)
    #expect(expected.shape == [2, 24] && Set(expected.scalars).count > 10)
    try writeWeights("fc", "fc.up", prefix: "decoder.")
    let named = try open(
      "\(Self.decoder)\nweights: w.safetensors\nprefix: decoder.\nnames: [fc, fc.up]\n")
    #expect(try named.outputs(of: x, on: pool) == expected)
  }

  @Test("What does not fit is named")
  func problems() throws {
    try writeWeights("0", "3")
    let weights = "weights: w.safetensors\n"
    #expect(
      complaint { try open("\(Self.decoder)\nweights: no.safetensors\n") }.contains(
        "no.safetensors"))
    #expect(complaint { try open("\(Self.decoder)\n") }.contains("weights: this key is missing"))
    #expect(
      complaint { try open("\(Self.decoder)\n\(weights)name: [a]\n") }.contains(
        "did you mean 'names'"))
    #expect(
      complaint { try open("\(Self.decoder)\n\(weights)names: [a]\n") }.contains(
        "2 layers with parameters"))
    #expect(
      complaint { try open("\(Self.decoder)\n\(weights)prefix: b.\n") }.contains(
        "'0.weight' is missing"))
    #expect(
      complaint {
        try open("input: [1, 0, 4]\nnetwork: [{width: 2, activation: relu}]\n\(weights)")
      }
      .contains("each at least 1"))
    #expect(
      complaint { try open("input: 4\nnetwork: [{width: 2, activation: relu}]\n\(weights)") }
        .contains("shape"))
    #expect(
      complaint { try open("input: 4\nmethods: []\nnetwork: [{width: 2, activation: relu}]\n") }
        .contains("recipe for training"))
    #expect(
      complaint { try open("input: 3\nnetwork: [{width: [2, 3], activation: relu}]\n\(weights)") }
        .contains("[channels, height, width]"))
  }

  @Test("Other files are told what is taken")
  func otherFiles() throws {
    try writeWeights("0", "3")
    func at(_ name: String) -> String {
      complaint { try TrainedModel.open(scratch.url.appendingPathComponent(name), on: pool) }
    }
    #expect(at("w.safetensors").contains("weights without a network"))
    #expect(at("nothing.onnx").contains("no such file"))
    try Data("x".utf8).write(to: scratch.url.appendingPathComponent("a.txt"))
    #expect(at("a.txt").contains("this is no model; give an .onnx file"))
    #expect(complaint { try TrainedModel.open(scratch.url, on: pool) }.contains("no recipe.yaml"))
  }

  @Test("Batches of another size or with broken numbers are refused")
  func batches() throws {
    try writeWeights("0", "3")
    let model = try open("\(Self.decoder)\nweights: w.safetensors\n")
    #expect(throws: SolverError.self) { try model.outputs(of: Tensor(shape: [2, 4]), on: pool) }
    #expect(throws: SolverError.self) { try model.outputs(of: Tensor(shape: [3]), on: pool) }
    #expect(throws: SolverError.self) {
      try model.outputs(of: Tensor(repeating: .nan, shape: [1, 3]), on: pool)
    }
    let many = Tensor<Float>(repeating: 1, shape: [300, 3])
    let outputs = try model.outputs(of: many, on: pool)
    #expect(outputs.rows(0..<1) == outputs.rows(299..<300))
  }

  @Test("A run folder is a model, by its last or its best weights")
  func runFolder() throws {
    let yaml = try #require(BuiltInRecipes.text(of: "quickstart"))
    let settings = [
      "training.epochs=2", "data.trainingSamples=100", "data.validationSamples=50",
      "data.testSamples=10",
    ]
    let (folder, _) = try run(yaml, settings: settings, in: scratch, named: "quick")
    let recipe = try Recipe(named: folder.recipe.path)
    let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
    let x: Tensor<Float> = experiment.data.train.batch(of: 0..<5, on: pool).inputs
    for weights in TrainedModel.Weights.allCases {
      let model = try TrainedModel.open(folder.url, weights: weights, on: pool)
      #expect(model.origin == .run && model.inputShape == [16, 16] && model.outputShape == [6])
      #expect(model.inputImage?.extents == [1, 16, 16])
      let file = weights == .last ? folder.lastWeights : folder.bestWeights
      let theta = try WeightFile.read(from: file, for: experiment.network)
      #expect(
        try model.outputs(of: x, on: pool) == experiment.network.output(of: x, at: theta, on: pool))
    }
  }

  @Test("What is not supported is listed")
  func listing() throws {
    let url = scratch.url.appendingPathComponent("m.onnx")
    let model = WireModel(
      WireModel.node("Relu", "x", "a"), WireModel.node("MaxPool", "a", "b"),
      WireModel.node("Tanh", "b", "c"), WireModel.node("Gelu", "c"))
    try Data(model.bytes).write(to: url)
    let listing = try ONNXListing(url)
    #expect(listing.rows.map(\.isRefused) == [false, true, true, true])
    #expect(listing.problems.count == 1 && listing.problems[0].contains("MaxPool"))
    let good = try ONNXListing(ModelTests.folder.appendingPathComponent("torch_resnet.onnx"))
    #expect(
      good.problems.isEmpty && good.rows.last?.output == [4] && good.producer.contains("pytorch"))
  }
}
