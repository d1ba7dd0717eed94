import Proximal
import Tensors
import Testing

@testable import Lifted

/// A small convolutional classifier under every signal and method.
@Suite struct ConvolutionalNetworkTests {
  private let pool = WorkerPool(threads: 2)

  /// 1 x 8 x 8 to three classes; `activation` in the hidden layers.
  private func network(_ activation: any Activation = ReLU()) throws -> Network {
    let first = try ImageShape(channels: 1, height: 8, width: 8)
    let second = try ImageShape(channels: 4, height: 8, width: 8)
    let third = try ImageShape(channels: 4, height: 4, width: 4)
    return try Network {
      try convolution(first, 4, kernel: Extent(3), padding: Extent(1), activation)
      try averagePooling(second, window: Extent(2))
      try convolution(third, 6, kernel: Extent(3), activation)
      try dense(24, 3, Softmax())
    }
  }

  private var samples: TensorSamples { TensorSamples(clouds: 3, samples: 60, inputs: 64) }

  @Test("The gradient is that of finite differences, and lifted ones point where it does")
  func gradients() throws {
    let network = try network(Tanh())
    let theta = Parameters<Double>.random(network)
    let batch = Batch<Double>(inputs: normal([6, 64], lane: 1), targets: oneHot(6, classes: 3))
    let gradient = try BackPropagation().weightGradient(
      of: network, at: theta, batch, beta: 1, on: pool)
    for (l, layer) in network.layers.enumerated() {
      for slot in layer.stage.parameters.indices {
        let error = largestSlopeError(of: gradient.layers[l][slot], at: theta.layers[l][slot]) {
          var moved = theta
          moved.layers[l][slot] = $0
          return Evaluation(of: moved, network, on: TensorSamples(batch), pool: pool).loss
        }
        #expect(error < 1e-6)
      }
    }
    for signal in LiftedLimitTests.signals {
      let lifted = try signal.weightGradient(of: network, at: theta, batch, beta: 1e-2, on: pool)
      #expect(lifted.cosine(to: gradient) > 0.999)
    }
  }

  private static let methods: [@Sendable () throws -> any MinibatchMethod] = [
    {
      OneSweep(
        signal: CentredContrast(), updates: [try Adam(stepSize: 0.01)], nudge: try Nudge(0.1))
    },
    {
      OneSweep(signal: MirrorSweep(), updates: [try ImplicitStep(tau: 0.5)], nudge: try Nudge(0.1))
    },
    { try ImplicitStochasticGradient(tau: 1, rounds: 5) },
  ]

  @Test("Every kind of method trains it without a derivative", arguments: 0..<3)
  func training(_ method: Int) throws {
    let tally = Tally()
    let network = try network(CountingTanh(tally: tally))
    let training = try StochasticTraining(
      network, method: Self.methods[method](), batchSize: 20, epochs: 12, seed: 1)
    var state = training.start(from: Parameters<Double>.random(network))
    let losses = try training.run(&state, on: samples)
    #expect(losses[11] < 0.8 * losses[0])
    #expect(tally.total == 0)
  }

  @Test("Training gives the same bits for any number of threads", arguments: 0..<3)
  func threads(_ method: Int) throws {
    let network = try network()
    func trained(_ threads: Int) throws -> Parameters<Float> {
      let training = try StochasticTraining(
        network, method: Self.methods[method](), batchSize: 13, epochs: 2, seed: 1)
      var state = training.start(from: Parameters<Float>.random(network))
      _ = try training.run(&state, on: samples, threads: threads)
      return state.theta
    }
    let one = try trained(1)
    #expect(try trained(2) == one && trained(4) == one)
  }

  @Test("Block descent never increases the energy")
  func descent() throws {
    let network = try network()
    let energy = try Energy(network, weightPenalty: WeightPenalty(decay: 1e-2))
    let descent = try BlockDescent(energy, free: .training, parameterSolver: try Majorise(tau: 10))
    var state = descent.start(
      at: try LiftedPoint<Double>(
        forward: normal([8, 64], lane: 1), output: oneHot(8, classes: 3), theta: .random(network),
        network: network, on: pool), on: pool)
    var last = energy.value(at: state.point, on: pool).total
    let first = last
    for _ in 0..<20 {
      try descent.round(&state, on: pool)
      let value = energy.value(at: state.point, on: pool).total
      #expect(value <= last + 1e-12)
      last = value
    }
    #expect(last < 0.9 * first)
  }

  @Test("Data-dependent initialisation gives each channel mean 0 and deviation 1 over the probe")
  func initialisation() throws {
    let (network, probe): (Network, Tensor<Double>) = (try network(), normal([40, 64], lane: 1))
    let theta = try Initialisation.dataDependent.parameters(
      for: network, seed: 1, probe: probe, on: pool)
    let z = network.layers[0].preactivation(theta.layers[0], probe, on: pool)
    for channel in 0..<4 {
      let values = (0..<40).flatMap { i in (0..<64).map { z[i, channel * 64 + $0] } }
      let mean = values.reduce(0, +) / Double(values.count)
      let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      #expect(abs(mean) < 1e-10 && abs(square - 1) < 1e-10)
    }
  }

  @Test("Names and shapes are those of PyTorch's Sequential")
  func names() throws {
    let named = Parameters<Float>(zerosFor: try network()).named(in: try network())
    #expect(
      named.map(\.name) == ["0.weight", "0.bias", "3.weight", "3.bias", "6.weight", "6.bias"])
    #expect(named[2].tensor.shape == [6, 4, 3, 3])
  }

  @Test("Images that do not follow one another are refused with both shapes")
  func refused() throws {
    let image = try ImageShape(channels: 1, height: 8, width: 8)
    let turned = try ImageShape(channels: 4, height: 16, width: 4)
    do {
      _ = try Network {
        try convolution(image, 4, kernel: Extent(3), padding: Extent(1), ReLU())
        try convolution(turned, 2, kernel: Extent(3), ReLU())
      }
      Issue.record("two images that differ were taken for equal")
    } catch {
      #expect(
        "\(error)"
          == "layer 2 takes images of 4 x 16 x 4 (channels x height x width) but layer 1 gives "
          + "4 x 8 x 8; make the two images equal")
    }
    #expect(throws: SolverError.self) { try convolution(image, 4, kernel: Extent(9), ReLU()) }
  }
}
