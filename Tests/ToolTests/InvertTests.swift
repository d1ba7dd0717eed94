import Foundation
import Interchange
import Tensors
import Testing

/// `lifted invert` on recipes, on models of one's own, and on input that is at fault.
@Suite struct InvertTests {
  private static let architecture = """
    input: [1, 4, 4]
    weights: weights.safetensors
    network: [{width: 24, activation: relu}]

    """

  private static var weight: Tensor<Float> {
    var stream = RandomStream(seed: 1, .initialisation)
    return .normal(shape: [24, 16], standardDeviation: 1, from: &stream)
  }

  /// A workplace with a model and what it measures of two pictures.
  private static func place() throws -> Workplace {
    let place = try Workplace()
    try place.write(architecture, to: "model.yaml")
    let entries = [
      NamedTensor("0.weight", .float32(weight)),
      NamedTensor("0.bias", .float32(Tensor(repeating: 3, shape: [24]))),
    ]
    try Safetensors(entries: entries).write(to: place.file("weights.safetensors"))
    var truth = Tensor<Float>(shape: [2, 1, 4, 4])
    truth.withMutablePointer { x in for i in 0..<32 { x[i] = i % 4 < 2 ? 0.2 : 0.9 } }
    try NPYFile(truth).write(to: place.file("truth.npy"))
    var measured = Tensor<Float>(shape: [2, 24])
    for row in 0..<2 {
      for j in 0..<24 {
        let z = (0..<16).reduce(Float(3)) { $0 + weight[j, $1] * truth.scalars[row * 16 + $1] }
        measured[row, j] = max(z, 0)
      }
    }
    try NPYFile(measured).write(to: place.file("measured.npy"))
    return place
  }

  @Test("A model of one's own and its measurements: the unknowns, pictures, figures, a report")
  func ownModel() throws {
    let place = try Self.place()
    let outcome = try Tool.run(
      [
        "invert", "model.yaml", "measured.npy", "--alpha", "1e-5", "--regulariser", "tv",
        "--truth", "truth.npy", "-o", "out",
      ], in: place)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    #expect(outcome.complaint.contains("iteration") && outcome.output.contains("PSNR"))
    let files = try place.contents(of: "out").keys.sorted()
    #expect(
      files == [
        "figures.csv", "history.csv", "lifted.npy", "lifted/1.png", "lifted/2.png",
        "measurements.npy", "recipe.yaml", "report.html", "summary.json", "truth.npy",
      ])
    let found = try #require(
      try NPYFile.read(from: place.file("out/lifted.npy")).tensor.real(Float.self) as Tensor<Float>?
    )
    #expect(found.shape == [2, 1, 4, 4])
    let truth: Tensor<Float> = try NPYFile.read(from: place.file("truth.npy")).tensor.real()
    let error = zip(found.scalars, truth.scalars).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    #expect(error < 0.02, "\(error)")
    // The recipe makes the folder again, to the last bit.
    let again = try Tool.run(["invert", "out/recipe.yaml", "-q", "-o", "again"], in: place)
    #expect(again.status == 0 && again.complaint.isEmpty, "\(again.complaint)")
    #expect(try place.same("out/lifted.npy", "again/lifted.npy"))
  }

  @Test("The layers after those that are inverted, or another model, give the start")
  func decoderStart() throws {
    let place = try Self.place()
    try place.write(
      """
      input: [1, 4, 4]
      weights: both.safetensors
      network: [{width: 24, activation: relu}, {width: 16, activation: identity}]

      """, to: "both.yaml")
    try place.write(
      "input: 24\nweights: back.safetensors\nnetwork: [{width: 16, activation: identity}]\n",
      to: "back.yaml")
    var back = Tensor<Float>(shape: [16, 24])
    for i in 0..<16 { for j in 0..<24 { back[i, j] = Self.weight[j, i] / 40 } }
    let offset = Tensor<Float>(repeating: 0.25, shape: [16])
    let first = [
      NamedTensor("0.weight", .float32(Self.weight)),
      NamedTensor("0.bias", .float32(Tensor(repeating: 3, shape: [24]))),
    ]
    try Safetensors(
      entries: first + [
        NamedTensor("2.weight", .float32(back)), NamedTensor("2.bias", .float32(offset)),
      ]
    ).write(to: place.file("both.safetensors"))
    try Safetensors(
      entries: [
        NamedTensor("0.weight", .float32(back)), NamedTensor("0.bias", .float32(offset)),
      ]
    ).write(to: place.file("back.safetensors"))
    // One iteration: what comes out is next to the start.
    func found(_ model: String, _ options: [String], _ folder: String) throws -> [UInt8] {
      let outcome = try Tool.run(
        [
          "invert", model, "measured.npy", "--alpha", "1e-3", "--rule", "fista", "--iterations",
          "1",
        ]
          + options + ["-q", "-o", folder], in: place)
      #expect(outcome.status == 0, "\(outcome.complaint)")
      return try place.bytes("\(folder)/fista.npy")
    }
    let rest = try found("both.yaml", ["--layers", "1", "--start", "decoder"], "a")
    let other = try found("model.yaml", ["--start", "{decoder: back.yaml}"], "b")
    let zero = try found("model.yaml", ["--shape", "1", "16", "1"], "c")
    #expect(rest == other && rest != zero)
    let shape = try NPYFile.read(from: place.file("c/fista.npy")).tensor.shape
    #expect(shape == [2, 1, 16, 1])
  }

  @Test("A folder that is there is left alone, before anything is computed")
  func occupied() throws {
    let place = try Self.place()
    try place.write("mine", to: "out/mine.txt")
    let outcome = try Tool.run(
      ["invert", "model.yaml", "measured.npy", "--alpha", "1", "-o", "out"], in: place)
    #expect(outcome.status == 1 && outcome.complaint.contains("out"))
    #expect(try place.contents(of: "out").keys.sorted() == ["mine.txt"])
  }

  private static func array(_ shape: [Int], _ value: Float = 0.5) -> [UInt8] {
    NPYFile(Tensor<Float>(repeating: value, shape: shape)).bytes
  }

  @Test(
    "What is at fault is named in one line, and nothing is written",
    arguments: [
      (["model.yaml", "missing.npy"], "missing.npy"), (["model.yaml", "text.npy"], "text.npy"),
      (["model.yaml", "wide.npy"], "24"), (["model.yaml", "nan.npy"], "finite"),
      (["model.yaml", "cut.npy"], "cut.npy"), (["missing.onnx", "measured.npy"], "missing.onnx"),
      (["text.npy", "measured.npy"], "text.npy"), (["empty.onnx", "measured.npy"], "empty.onnx"),
      (["junk.onnx", "measured.npy"], "junk.onnx"),
      (["broken.yaml", "measured.npy"], "none.safetensors"),
      (["model.yaml", "measured.npy", "--layers", "5"], "layers"),
      (["model.yaml", "measured.npy", "--truth", "wide.npy"], "wide.npy"),
      (["model.yaml", "measured.npy", "--start", "{file: wide.npy}"], "wide.npy"),
      (["model.yaml", "measured.npy", "--regulariser", "tvv"], "tvv"),
      (["model.yaml", "measured.npy", "--shape", "2", "4", "4"], "unknown"),
      (["nothing-of-this-name"], "recipe"),
    ])
  func atFault(_ arguments: [String], _ word: String) throws {
    let place = try Self.place()
    try place.write("no array", to: "text.npy")
    try place.write(Self.array([2, 25]), to: "wide.npy")
    try place.write(Self.array([2, 24], .nan), to: "nan.npy")
    try place.write(Array(Self.array([2, 24]).dropLast(7)), to: "cut.npy")
    try place.write("", to: "empty.onnx")
    try place.write(Array(repeating: 0xFF, count: 300), to: "junk.onnx")
    try place.write(
      Self.architecture.replacing("weights.safetensors", with: "none.safetensors"),
      to: "broken.yaml")
    let before = try place.contents()
    let outcome = try Tool.run(
      ["invert"] + arguments + ["--alpha", "0.01", "-o", "out"], in: place)
    #expect(outcome.status == 1 && outcome.signal == nil, "\(outcome.output)")
    let lines = outcome.complaint.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains(word), "\(outcome.complaint)")
    #expect(try place.contents().keys == before.keys)
  }

  @Test("Measurements outside the range are moved into it, and that is said")
  func outside() throws {
    let place = try Self.place()
    try place.write(Self.array([1, 24], -3), to: "negative.npy")
    let outcome = try Tool.run(
      ["invert", "model.yaml", "negative.npy", "--alpha", "0.01", "-o", "out", "-q"], in: place)
    #expect(outcome.status == 0 && outcome.output.contains("24 of 24 numbers measured outside"))
  }

  @Test("A weight of the regulariser must be said")
  func noAlpha() throws {
    let place = try Self.place()
    let outcome = try Tool.run(["invert", "model.yaml", "measured.npy"], in: place)
    #expect(outcome.status == 1 && outcome.complaint.contains("--alpha"))
  }
}
