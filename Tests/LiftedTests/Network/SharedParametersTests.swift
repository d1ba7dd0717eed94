import Proximal
import Tensors
import Testing

@testable import Lifted

/// Layers with the parameters of others: the `V = W^T` of residual blocks, one operator for all steps.
@Suite struct SharedParametersTests {
  private static let pool = WorkerPool(threads: 2)

  /// A network that shares, parameters for it, and a batch.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let network: Network
    let batch: Batch<Double>
    /// Layers that own what they share with others, and how many layers have it.
    let owners: [Int: Int]

    var theta: Parameters<Double> {
      var theta = Parameters<Double>.random(network, gain: 0.3)
      theta.share(in: network)
      return theta
    }

    func loss(_ theta: Parameters<Double>) -> Double {
      var (states, theta) = (LayerStates<Double>(for: network, samples: batch.inputs.rows), theta)
      theta.share(in: network)
      return states.forwardLoss(batch, network, theta, on: pool) / Double(batch.inputs.rows)
    }
  }

  private static func residualCase() throws -> Case {
    let network = try Network {
      try dense(5, 4, Tanh())
      try tiedResidual(Dense(4, 3), ReLU())
      try tiedResidual(Dense(4, 6), Tanh())
      try dense(4, 3, Softmax())
    }
    return Case(
      testDescription: "dense blocks", network: network,
      batch: Batch(inputs: normal([7, 5], lane: 2), targets: oneHot(7, classes: 3)),
      owners: [2: 2, 4: 2])
  }

  private static func imageCase() throws -> Case {
    let image = try ImageShape(channels: 2, height: 5, width: 4)
    let shape = try ConvolutionShape(
      input: image, channels: 3, kernel: Extent(3), padding: Extent(1))
    let network = try Network {
      try tiedResidual(Convolution(shape), Tanh())
      try dense(image.count, 3, Softmax())
    }
    return Case(
      testDescription: "convolutions", network: network,
      batch: Batch(inputs: normal([4, image.count], lane: 2), targets: oneHot(4, classes: 3)),
      owners: [1: 2])
  }

  private static func unrolledCase(_ scheme: UnrolledNetwork.Scheme) throws -> Case {
    let image = try ImageShape(channels: 1, height: 5, width: 4)
    let unrolled = try UnrolledNetwork(
      image, features: 3, kernel: 3, layers: 5, threshold: 0.3, scheme: scheme, sharesSteps: true)
    return Case(
      testDescription: "\(scheme)", network: try unrolled.network(),
      batch: Batch(
        inputs: normal([3, image.count], lane: 2), targets: normal([3, image.count], lane: 3)),
      owners: scheme.isDual ? [2: 4] : [2: 5, 3: 4])
  }

  static func cases() throws -> [Case] {
    [
      try residualCase(), try imageCase(), try unrolledCase(.inertial()),
      try unrolledCase(.chambollePock()),
    ]
  }

  @Test("The gradient in shared parameters is the slope of the loss, and that of a weak nudge")
  func gradient() throws {
    for shared in try Self.cases() {
      let network = shared.network
      let exact = try BackPropagation().weightGradient(
        of: network, at: shared.theta, shared.batch, beta: 1, on: Self.pool)
      let lifted = try CentredContrast().weightGradient(
        of: network, at: shared.theta, shared.batch, beta: 1e-4, on: Self.pool)
      #expect(lifted.cosine(to: exact) > 0.9999, "\(shared)")
      for l in 1...network.depth {
        #expect(
          network.sharers(of: l).count == (network.owner(of: l) == l ? shared.owners[l] ?? 1 : 0))
        for slot in exact.layers[l - 1].indices {
          let gradient = exact.layers[l - 1][slot]
          guard network.owner(of: l) == l else {
            #expect(gradient.squaredNorm == 0)
            continue
          }
          let error = largestSlopeError(of: gradient, at: shared.theta.layers[l - 1][slot]) {
            var theta = shared.theta
            theta.layers[l - 1][slot] = $0
            return shared.loss(theta)
          }
          #expect(error < 1e-7, "\(shared), layer \(l)")
        }
      }
    }
  }

  @Test("One sweep moves shared parameters along their whole gradient, and keeps them the same")
  func step() throws {
    for shared in try Self.cases() {
      let network = shared.network
      let method = OneSweep(
        signal: BackPropagation(), updates: [try GradientStep(stepSize: 0.1)], nudge: try Nudge(1),
        weightPenalty: .none)
      let training = try StochasticTraining(
        network, method: method, batchSize: 100, epochs: 2, seed: 1)
      var state = training.start(from: shared.theta)
      _ = try training.run(&state, on: TensorSamples(shared.batch), steps: 1)
      var expected = try BackPropagation().weightGradient(
        of: network, at: shared.theta, shared.batch, beta: 1, on: Self.pool)
      for l in expected.layers.indices {
        for slot in expected.layers[l].indices {
          expected.layers[l][slot].combine(-0.1, 1, shared.theta.layers[l][slot])
        }
      }
      expected.share(in: network)
      #expect(distance(state.theta, expected) < 1e-12, "\(shared)")
      #expect(state.theta.firstUnshared(in: network) == nil)
    }
  }

  @Test("Training shares to the last bit at any thread count; resumed in the middle it is the same")
  func determinism() throws {
    let shared = try Self.residualCase()
    let method = OneSweep(
      signal: MirrorSweep(), updates: [try Adam(stepSize: 0.01)], nudge: try Nudge(0.1))
    let training = try StochasticTraining(
      shared.network, method: method, batchSize: 3, epochs: 4, seed: 1)
    func run(threads: Int, break pause: Int? = nil) throws -> TrainingState<Double> {
      var state = training.start(from: shared.theta)
      let samples = TensorSamples(shared.batch)
      if let pause { _ = try training.run(&state, on: samples, steps: pause, threads: threads) }
      let losses = try training.run(&state, on: samples, threads: threads)
      #expect(losses.last! < losses.first!)
      return state
    }
    let one = try run(threads: 1)
    #expect(try run(threads: 3) == one)
    #expect(try run(threads: 2, break: 4).theta == one.theta)
    #expect(one.theta.firstUnshared(in: shared.network) == nil)
    // The moments of what is shared are kept once.
    #expect(one.moments.map(\.count) == [2, 2, 0, 2, 0, 2])
    #expect(shared.network.parameterCount == 5 * 4 + 4 + 4 * 3 + 3 + 4 * 6 + 6 + 4 * 3 + 3)
  }

  @Test(
    "Initial parameters are shared, scaled to their probe once", arguments: Initialisation.allCases)
  func initialisation(_ rule: Initialisation) throws {
    let shared = try Self.residualCase()
    let theta: Parameters<Double> = try rule.parameters(
      for: shared.network, seed: 3, probe: shared.batch.inputs, on: Self.pool)
    #expect(theta.firstUnshared(in: shared.network) == nil)
    #expect(theta.layers[2][0].squaredNorm > 0)
  }

  @Test("Named parameters of layers that share must be the same")
  func names() throws {
    let shared = try Self.residualCase()
    var named = Dictionary(uniqueKeysWithValues: shared.theta.named(in: shared.network))
    let read = try Parameters(named: named, for: shared.network)
    #expect(read == shared.theta)
    named["4.weight"]?.scale(by: 2)
    let message = #expect(throws: SolverError.self) {
      _ = try Parameters(named: named, for: shared.network)
    }
    #expect(message?.description.contains("layers 2 and 3 share") == true)
  }

  @Test("Freezing the owner freezes all; methods that cannot share refuse with a reason")
  func refusals() throws {
    let shared = try Self.residualCase()
    let network = shared.network
    #expect(network.withFrozenHiddenLayers.layers.map(\.isTrainable).filter { $0 }.count == 1)
    var layers = network.layers
    layers[1] = layers[1].trainable(false)
    #expect(try !Network(layers).layers[2].isTrainable)

    func refused(_ method: any MinibatchMethod) {
      let error = #expect(throws: SolverError.self) { try method.check(network) }
      #expect(error?.description.contains("gradient, momentum or adam") == true)
    }
    refused(
      OneSweep(signal: MirrorSweep(), updates: [try ImplicitStep(tau: 1)], nudge: try Nudge(1)))
    refused(try BlockDescentTraining())
    refused(try ImplicitStochasticGradient(tau: 1, rounds: 1))
    refused(try ContrastivePhases(gamma: 0.5, sweeps: 1, updates: [try Adam()]))
    refused(try FiniteSumSweep(signal: MirrorSweep(), rule: .saga, stepSize: 0.1, nudge: 1))

    #expect(throws: SolverError.self) {
      try Network { try dense(4, 4, ReLU()).sharingParameters(ofLayerBefore: 1) }
    }
    let shapes = #expect(throws: SolverError.self) {
      try Network {
        try dense(4, 4, ReLU())
        try dense(4, 3, ReLU()).sharingParameters(ofLayerBefore: 1)
      }
    }
    #expect(shapes?.description.contains("[[3, 4], [3]]") == true)
    let image = try ImageShape(channels: 2, height: 3, width: 3)
    let normal = try BatchNormalisation(image)
    #expect(throws: SolverError.self) {
      try Network([
        Layer(normal, Identity()), Layer(normal, Identity()).sharingParameters(ofLayerBefore: 1),
      ])
    }
  }

  @Test("The adjoint of a stage is a stage: product, adjoint and gradient agree")
  func adjointStage() throws {
    let image = try ImageShape(channels: 2, height: 4, width: 5)
    let shape = try ConvolutionShape(
      input: image, channels: 3, kernel: Extent(3), stride: Extent(2), padding: Extent(1))
    for base in [try Dense(5, 3), Convolution(shape)] as [any AffineStage] {
      let oracle = StageOracle(try AdjointStage(of: base))
      #expect(oracle.adjointError < 1e-14 && oracle.gradientError < 1e-8)
      #expect(oracle.visits == [1] && oracle.finishesOnce)
      #expect(abs(oracle.normRatio - 1) < 1e-9)
      let direct = base.adjointed(oracle.theta, of: oracle.x, on: Self.pool)
      #expect(oracle.product(oracle.theta, oracle.x) == direct)
      #expect(oracle.stage.outputImage == base.inputImage)
    }
    #expect(throws: SolverError.self) {
      try AdjointStage(of: try StagePair.fork(try Dense(3, 2), try Dense(3, 2)))
    }
    #expect(throws: SolverError.self) { try AdjointStage(of: Pass(3)) }
  }
}
