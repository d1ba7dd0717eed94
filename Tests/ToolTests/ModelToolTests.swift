import Foundation
import Interchange
import Tensors
import Testing

/// `lifted inspect` and `lifted evaluate` on networks that were trained elsewhere.
@Suite("Models on the command line") struct ModelToolTests {
  /// `y = relu(W x + b)` with three inputs and two outputs, and two samples.
  private func place() throws -> Workplace {
    let place = try Workplace()
    try place.write(
      "input: 3\nnetwork: [{width: 2, activation: relu}]\nweights: w.safetensors\n", to: "m.yaml")
    try Safetensors(entries: [
      ("0.weight", .float32(Tensor(rows: [[1, 2, 3], [-1, 0, 1]]))),
      ("0.bias", .float32(try Tensor(shape: [2], scalars: [0.5, 1]))),
    ]).write(to: place.file("w.safetensors"))
    try NPYFile(Tensor<Float>(rows: [[1, 1, 1], [2, 0, -1]])).write(to: place.file("x.npy"))
    try NPYFile(Tensor<Float>(rows: [[6.5, 1], [0, 1]])).write(to: place.file("y.npy"))
    return place
  }

  @Test("inspect shows the layers, evaluate writes and compares the outputs")
  func model() throws {
    let place = try place()
    #expect(
      try Tool.run(["inspect", "m.yaml"], in: place).output == """
        architecture with weights; input 3
           layer  activation  output  parameters
        1  Dense        ReLU       2           8
        8 parameters

        """)
    let outcome = try Tool.run(
      [
        "evaluate", "m.yaml", "--data", "x.npy", "--outputs", "out.npy", "--reference", "y.npy",
        "--json",
      ], in: place)
    #expect(
      outcome.output
        == #"{"samples": 2, "outputs": 2, "mean_squared_error": 0.25, "greatest_difference": 1.0}"#
        + "\n",
      "\(outcome.complaint)")
    let outputs = try NPYFile.read(from: place.file("out.npy")).tensor
    #expect(outputs == .float32(Tensor(rows: [[6.5, 1], [0, 0]])))
  }

  @Test("What is wrong is told in one line")
  func complaints() throws {
    let place = try place()
    try place.write("not a model", to: "a.onnx")
    try place.write([], to: "empty.onnx")
    func refuse(_ arguments: [String], _ words: String...) throws {
      try Tool.expectComplaint(arguments, in: place, saying: words)
    }
    for command in [["inspect"], ["evaluate", "--data", "x.npy"]] {
      try refuse(command + ["a.onnx"], "a.onnx", "no ONNX model")
      try refuse(command + ["empty.onnx"], "it has no graph", "torch.onnx.export")
    }
    try refuse(["evaluate", "m.yaml"], "m.yaml has no data of its own", "--data")
    try refuse(["evaluate", "w.safetensors", "--data", "x.npy"], "weights without a network")
    try refuse(["evaluate", "m.yaml", "--data", "y.npy"], "y.npy", "3 numbers")
    try refuse(
      ["evaluate", "m.yaml", "--data", "x.npy", "--reference", "x.npy"], "x.npy", "does not fit")
    try refuse(["evaluate", "none", "--reference", "y.npy"], "--reference")
  }
}
