import Foundation
import Interchange
import Lifted
import Testing

@testable import Runs

/// A convolutional network written by PyTorch; see Fixtures/make_fixtures.py.
@Suite struct PyTorchWeightsTests {
  private let pool = WorkerPool(threads: 2)

  private func fixture(_ name: String) -> URL {
    Bundle.module.bundleURL.appendingPathComponent("Fixtures")
      .appendingPathComponent(name + ".safetensors")
  }

  private func network() throws -> Network {
    let first = try ImageShape(channels: 1, height: 10, width: 12)
    let second = try ImageShape(channels: 4, height: 10, width: 12)
    let third = try ImageShape(channels: 6, height: 9, width: 10)
    let up = try ConvolutionShape(
      input: third, channels: 4, kernel: Extent(height: 3, width: 2), stride: Extent(2),
      padding: Extent(1), groups: 2)
    return try Network {
      try convolution(first, 4, kernel: Extent(3), padding: Extent(1), ReLU())
      try averagePooling(second, window: Extent(2))
      Layer(TransposedConvolution(adjointOf: up), Tanh())
      try convolution(
        third, 8, kernel: Extent(3), stride: Extent(2), padding: Extent(1), dilation: Extent(2),
        groups: 2, hasBias: false, ReLU())
      try dense(128, 5, Softmax())
    }
  }

  private func samples() throws -> (batch: Batch<Float>, outputs: Tensor<Float>) {
    let entries = try Safetensors.read(from: fixture("convolutional-samples")).entries
    let named = Dictionary(
      uniqueKeysWithValues: entries.map { ($0.name, $0.tensor.real() as Tensor<Float>) })
    return (
      Batch(inputs: try #require(named["inputs"]), targets: try #require(named["targets"])),
      try #require(named["outputs"])
    )
  }

  private func distance(_ a: Tensor<Float>, _ b: Tensor<Float>) -> Float {
    zip(a.scalars, b.scalars).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("Its weights load by name and give the same outputs")
  func outputs() throws {
    let network = try network()
    let theta = try WeightFile.read(from: fixture("convolutional"), for: network)
    let (batch, expected) = try samples()
    var states = LayerStates<Float>(for: network, samples: batch.inputs.rows)
    states.x[0] = batch.inputs
    states.forward(network, theta, on: pool)
    #expect(distance(states.x[network.depth], expected) < 1e-6)
  }

  @Test("Gradients are PyTorch's, by back-propagation and by a small nudge")
  func gradients() throws {
    let network = try network()
    let theta = try WeightFile.read(from: fixture("convolutional"), for: network)
    let expected = try WeightFile.read(from: fixture("convolutional-gradients"), for: network)
    let (batch, _) = try samples()
    let found = try BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: 1, on: pool)
    for (a, b) in zip(found.layers.joined(), expected.layers.joined()) {
      #expect(distance(a, b) < 1e-6)
    }
    let lifted = try CentredContrast().weightGradient(
      of: network, at: theta, batch, beta: 0.01, on: pool)
    #expect(lifted.cosine(to: expected) > 0.999)
  }

  @Test("Weights of another network are refused by the name of what is missing")
  func refused() throws {
    let image = try ImageShape(channels: 1, height: 10, width: 12)
    let network = try Network {
      try convolution(image, 4, kernel: Extent(3), padding: Extent(1), ReLU())
      try dense(480, 5, Softmax())
    }
    do {
      _ = try WeightFile.read(from: fixture("convolutional"), for: network)
      Issue.record("weights of another network were taken")
    } catch {
      #expect(error.description.contains("'3.weight'"))
    }
  }
}
