import Foundation
import Interchange
import Lifted
import Testing

@testable import Runs

/// Broken, hostile and unsupported ONNX files: one line, and no crash.
@Suite("Models that are refused") struct HostileModelTests {
  typealias W = WireModel

  private static func open(_ bytes: [UInt8]) throws -> (Network, Parameters<Float>) {
    try ONNXGraph(ONNXModel(bytes: bytes, name: "m.onnx"), file: "m.onnx").network()
  }

  private static func expect(
    _ bytes: [UInt8], _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      _ = try open(bytes)
      Issue.record("it was taken", sourceLocation: sourceLocation)
    } catch {
      let line = "\(error)"
      #expect(!line.contains("\n") && line.count < 400, sourceLocation: sourceLocation)
      for word in words {
        #expect(line.contains(word), "\(line)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("The smallest model is taken, so that the others are refused for what they are")
  func smallest() throws {
    let model = W(W.node("Gemm", "x w"), constants: [W.ones("w", [4, 3])])
    let (network, theta) = try Self.open(model.bytes)
    #expect(network.widths == [4, 3] && theta.layers[0][0].shape == [3, 4])
  }

  @Test("Files that are no models")
  func nothing() throws {
    Self.expect([], "it has no graph")
    Self.expect(Array("%YAML 1.2\nnetwork: []\n".utf8), "no ONNX model")
    Self.expect(W.field(1, 8), "it has no graph")
    Self.expect([0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "does not fit")
    Self.expect([0x3A] + [UInt8](repeating: 0xFF, count: 20), "more than 64 bits")
    Self.expect([0x3B, 0x00], "wire type 3")
    Self.expect([0x00, 0x00], "impossible number")
    Self.expect(W.field(7, 5), "field 7 is not of the type")
    let twice = W(W.node("Relu", "x")).bytes
    Self.expect(twice + twice, "two graphs")
  }

  @Test("Graphs that contradict themselves")
  func contradictions() {
    let w = W.ones("w", [4, 3])
    Self.expect(W(W.node("Gemm", "x w")).bytes, "'w', which nothing before it makes")
    Self.expect(
      W(W.node("Add", "x b", "a"), W.node("Relu", "a", "b"), W.node("Relu", "b")).bytes,
      "'b', which nothing before it makes")
    Self.expect(W(W.node("Relu", "x", "x"), W.node("Relu", "x")).bytes, "is there already")
    Self.expect(W(W.node("Relu", "x", "a")).bytes, "the output 'y' is made by nothing")
    Self.expect(W(W.node("Gemm", "x w"), constants: [w, w]).bytes, "two constants are called 'w'")
    Self.expect(W(W.node("Gemm", "x w"), constants: [w], input: [nil, 5]).bytes, "for 4 numbers")
    Self.expect(
      W(W.node("Flatten", "x", "y", ("axis", 1), ("axis", 2))).bytes, "two attributes 'axis'")
    var wrong = W(W.node("Relu", "x"))
    wrong.outputs = [W.value("y", [nil, 7])]
    Self.expect(wrong.bytes, "should be 7", "make 4")
  }

  @Test("Tensors that are not what they say")
  func tensors() {
    let node = W.node("Gemm", "x w", "y")
    func model(_ tensor: [UInt8]) -> [UInt8] { W(node, constants: [tensor]).bytes }
    Self.expect(model(W.tensor("w", [4, 3], [1, 2])), "'w' of shape [4, 3] needs 48 bytes, not 8")
    Self.expect(model(W.tensor("w", [-4, 3], [1])), "impossible shape")
    Self.expect(model(W.tensor("w", [1 << 40, 1 << 40], [1])), "impossible shape")
    Self.expect(
      model(W.tensor("w", [Int](repeating: 1, count: 70), [1])), "more than 64 axes")
    Self.expect(model(W.tensor("w", [4, 3], [1], type: 99)), "element type 99")
    Self.expect(model(W.tensor("w", [1], [1], type: 8)), "element type 8")
    Self.expect(
      model(
        W.tensor("w", [4, 3], [], more: W.field(13, W.field(1, "location") + W.field(2, "a.bin")))),
      "has its numbers in 'a.bin'", "one file")
    Self.expect(model(W.tensor("w", [4, 3], [], more: W.field(14, 1))), "another file")
    let broken = [Float](repeating: 1, count: 11) + [.nan]
    Self.expect(model(W.tensor("w", [4, 3], broken)), "'w' that are not finite")
    Self.expect(
      model(W.tensor("w", [1], [1], more: W.field(4, [0, 0, 0, 0]))), "its numbers twice")
  }

  @Test("Inputs that are no batch of samples")
  func inputs() {
    let relu = W.node("Relu", "x")
    Self.expect(W(relu, input: [64, 4]).bytes, "a batch of 64")
    Self.expect(W(relu, input: [nil, nil]).bytes, "not fixed")
    Self.expect(W(relu, input: [4]).bytes, "no axis for samples")
    Self.expect(W(relu, input: [nil, 0]).bytes, "not fixed, or too large")
    Self.expect(W(relu, input: [nil, -3]).bytes, "an extent is -3")
    Self.expect(W(relu, input: [nil, 1 << 40]).bytes, "too large")
    Self.expect(W(relu, input: [nil, .max, .max, .max]).bytes, "too large")
    var two = W(relu)
    two.inputs.append(W.value("z", [nil, 4]))
    Self.expect(two.bytes, "2 inputs and 1 outputs")
    var old = W(relu)
    old.opset = 6
    Self.expect(old.bytes, "opset 6")
  }

  @Test("Operations that are no layers, by name, place and reason")
  func operations() {
    func one(_ operation: String, _ attributes: (String, Int)...) -> [UInt8] {
      W(W.node("Relu", "x", "h"), W.node(operation, "h", "y", named: "here")).bytes
    }
    Self.expect(one("MaxPool"), "node 1, 'MaxPool', called 'here',", "proximal map", "average")
    Self.expect(one("Gelu"), "not monotone", "Softplus")
    Self.expect(one("Selu"), "not 1-Lipschitz")
    Self.expect(one("LayerNormalization"), "batch normalisation")
    Self.expect(one("Frobnicate"), "'Frobnicate'", "not supported")
    Self.expect(one("Softmax\u{1B}[2J\n"), "not supported")
    Self.expect(
      W(W.node("Sigmoid", "x", "h"), W.node("Mul", "x h")).bytes, "two values", "SiLU")
    Self.expect(
      W(W.node("Relu", "x", "a"), W.node("Tanh", "x", "b"), W.node("Add", "a b")).bytes,
      "both have activations")
    Self.expect(
      W(
        W.node("Relu", "x", "a"), W.node("Tanh", "a", "b"), W.node("Add", "a b", "c"),
        W.node("Add", "c x")
      ).bytes, "parts again")
    Self.expect(W(W.node("Conv", "x k"), constants: [W.ones("k", [1, 1, 3, 3])]).bytes, "images")
    Self.expect(W(W.node("LeakyRelu", "x", "y", ("alpha", 1))).bytes, "'alpha' that is no number")
    Self.expect(
      W(W.node("Div", "c x"), constants: [W.ones("c", [1])]).bytes, "divides by what comes in")
    Self.expect(
      W(W.node("Div", "x c"), constants: [W.tensor("c", [], [0])]).bytes, "divides by zero")
    Self.expect(
      W(W.node("Add", "x c"), constants: [W.ones("c", [2, 4])]).bytes, "shape [2, 4]")
  }

  @Test("Convolutions that nothing can be made of ask for no memory")
  func kernels() {
    func convolution(_ kernel: [Int], _ attributes: (String, [Int])...) -> [UInt8] {
      let lists = attributes.flatMap { name, values in
        W.field(5, W.field(1, name) + values.flatMap { W.field(8, $0) } + W.field(20, 7))
      }
      return W(
        W.node("Conv", "x k") + lists, constants: [W.ones("k", kernel)], input: [nil, 1, 8, 8]
      ).bytes
    }
    Self.expect(convolution([1, 1, 9, 9]), "does not fit")
    Self.expect(convolution([1, 1, 3, 3], ("pads", [1, 1, 1])), "has pads of")
    Self.expect(convolution([1, 1, 3, 3], ("strides", [0, 1])), "has strides of")
    Self.expect(convolution([1, 1, 3, 3], ("pads", [0, 0, 5000, 0])), "has pads of")
    Self.expect(convolution([64, 1, 1, 1], ("pads", [0, 0, 4096, 4096])), "too much")
    Self.expect(convolution([64, 1, 1, 1], ("pads", [4096, 4096, 4096, 4096])), "too large")
    Self.expect(convolution([1, 2, 3, 3]), "1 channels")
  }

  @Test("A list of a million empty operations is refused")
  func manyNodes() {
    var model = W(W.node("Relu", "x"))
    model.more = Array([[UInt8]](repeating: W.field(1, []), count: 1_000_000).joined())
    Self.expect(model.bytes, "more than 100000 entries")
  }

  @Test("Thousands of damaged files are refused or taken, without a crash")
  func damage() throws {
    var stream = RandomStream(seed: 7, .noise, lane: 0)
    var (refused, taken) = (0, 0)
    func tryOut(_ bytes: [UInt8]) {
      do {
        let (network, theta) = try Self.open(bytes)
        taken += 1
        guard network.widths.allSatisfy({ $0 < 100_000 }), network.parameterCount < 100_000 else {
          return
        }
        let x = Tensor<Float>(shape: [1, network.inputs])
        _ = network.output(of: x, at: theta, on: WorkerPool(threads: 1))
      } catch { refused += 1 }
    }
    for name in ["op_conv_uneven", "op_arithmetic", "op_clip_inputs", "op_reshape", "torch_rows"] {
      let url = ModelTests.folder.appendingPathComponent("\(name).onnx")
      let bytes = [UInt8](try Data(contentsOf: url))
      for count in 0..<min(bytes.count, 600) { tryOut(Array(bytes.prefix(count))) }
      for _ in 0..<1500 {
        var damaged = bytes
        for _ in 0..<(1 + Int(stream.next() % 3)) {
          damaged[Int(stream.next() % UInt64(bytes.count))] ^= UInt8(1 + stream.next() % 255)
        }
        tryOut(damaged)
      }
    }
    #expect(refused > 4000 && taken > 200, "\(refused) refused, \(taken) taken")
  }
}
