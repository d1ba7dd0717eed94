import Foundation
import Interchange
import Lifted
import Testing

@testable import Runs

/// ONNX models against ONNX Runtime; see Benchmarks/export_models.py.
@Suite("Models from elsewhere") struct ModelTests {
  static let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures/onnx")
  private let pool = WorkerPool(threads: 2)

  /// Every model that the script has written.
  static let cases: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".onnx") }.sorted()

  static let samples: [String: Tensor<Float>] = {
    let file = try? Safetensors.read(from: folder.appendingPathComponent("samples.safetensors"))
    return Dictionary(
      (file?.entries ?? []).map { ($0.name, $0.tensor.real(Float.self)) },
      uniquingKeysWith: { first, _ in first })
  }()

  @Test("An ONNX model gives ONNX Runtime's outputs", arguments: cases)
  func outputs(file: String) throws {
    let name = String(file.dropLast(5))
    let model = try TrainedModel(onnx: Self.folder.appendingPathComponent(file))
    let input = try #require(Self.samples["\(name).input"])
    let expected = try #require(Self.samples["\(name).output"])
    #expect(model.inputShape == Array(input.shape.dropFirst()))
    #expect(model.outputShape == Array(expected.shape.dropFirst()))
    let found = try model.outputs(of: input, on: pool)
    let distance = zip(found.scalars, expected.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(found.count == expected.count && distance < 1e-5, "\(name): \(distance)")
  }

  @Test("All models are there")
  func count() { #expect(Self.cases.count >= 60) }
}
