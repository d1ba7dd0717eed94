import Lifted
import Proximal
import Tensors
import Testing

/// `B(y, z) + bias M_Psi(z)`: Bregman's penalty at 0, that of the first lifted networks at 1.
struct BiasedPenalty: Penalty {
  let bias: Double

  var preactivationLipschitz: Double? { max(bias, 1) }

  func check(_ layer: Layer) throws(SolverError) {
    guard bias >= 0, bias.isFinite else {
      throw .outOfRange(parameter: "bias", value: bias, admissible: "a finite number, at least 0")
    }
  }

  func value<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation, count: Int
  ) -> S {
    activation.bregman(y, z, count: count) + S(bias) * activation.envelope(at: z, count: count)
  }

  func gradientInPreactivation<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    withUnsafeTemporaryAllocation(of: S.self, capacity: count) { buffer in
      guard let sigma = buffer.baseAddress else { return }
      activation.activate(z, into: sigma, count: count)
      S.combine(S(bias), z, S(1 - bias), sigma, into: out, count: count)
      S.combine(1, out, -1, y, into: out, count: count)
    }
  }

  func smoothGradientInVariable<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, _ activation: any Activation,
    into out: UnsafeMutablePointer<S>, count: Int
  ) {
    S.combine(-1, z, 0, z, into: out, count: count)
  }

  func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, weight: S, _ activation: any Activation,
    _ regulariser: (any LayerRegulariser)?, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    BregmanPenalty().prox(
      of: v, step: step, weight: weight, activation, regulariser, into: out, count: count)
  }
}

@Suite("The article on writing a penalty")
struct OwnPenaltyExample {
  private let pool = WorkerPool(threads: 2)

  @Test("At 0 it is the Bregman penalty, at 1 the lifted one")
  func ends() {
    let (y, z) = ([0.0, 0.4, 1.2], [-0.7, 0.3, -0.1])
    func value(_ penalty: some Penalty) -> Double { penalty.value(y, z, ReLU(), count: 3) }
    #expect(value(BiasedPenalty(bias: 0)) == value(BregmanPenalty()))
    #expect(abs(value(BiasedPenalty(bias: 1)) - value(LiftedPenalty())) < 1e-15)
  }

  @Test("A negative bias is refused with the network")
  func refused() throws {
    let network = try Network {
      try dense(4, 8, ReLU())
      try dense(8, 3, Identity())
    }
    #expect(throws: SolverError.self) { try Energy(network, penalty: BiasedPenalty(bias: -1)) }
  }

  @Test("Its gradients are difference quotients")
  func gradients() {
    let (y, z) = ([0.5, 0.4, 1.2], [-0.7, 0.3, -0.1])
    var (inZ, inY) = ([0.0, 0, 0], [0.0, 0, 0])
    BiasedPenalty(bias: 0.3).gradientInPreactivation(y, z, ReLU(), into: &inZ, count: 3)
    BiasedPenalty(bias: 0.3).smoothGradientInVariable(y, z, ReLU(), into: &inY, count: 3)
    func value(_ y: [Double], _ z: [Double]) -> Double {
      BiasedPenalty(bias: 0.3).value(y, z, ReLU(), count: 3)
    }
    for i in 0..<3 {
      var (upper, lower) = (z, z)
      upper[i] += 1e-4
      lower[i] -= 1e-4
      #expect(abs((value(y, upper) - value(y, lower)) / 2e-4 - inZ[i]) < 1e-8)
      var (more, less) = (y, y)
      more[i] += 1e-4
      less[i] -= 1e-4
      // The smooth part is the penalty without Phi.
      let phi = { (y: Double) in y * y / 2 }
      let change = value(more, z) - phi(more[i]) - value(less, z) + phi(less[i])
      #expect(abs(change / 2e-4 - inY[i]) < 1e-8)
    }
  }

  @Test("Block descent lowers an energy made of it")
  func descends() throws {
    let network = try Network {
      try dense(4, 8, ReLU())
      try dense(8, 3, Identity())
    }
    let theta: Parameters<Double> = try Initialisation.he.parameters(
      for: network, seed: 1, on: pool)
    var stream = RandomStream(seed: 1, .probe)
    let inputs = Tensor<Double>.normal(shape: [20, 4], from: &stream)
    let targets = Tensor<Double>.normal(shape: [20, 3], from: &stream)
    let start = try LiftedPoint(
      forward: inputs, output: targets, theta: theta, network: network, on: pool)

    let energy = try Energy(network, penalty: BiasedPenalty(bias: 0.1))
    let training = try BlockDescent(energy, free: .training)

    var state = training.start(at: start, on: pool)
    var values = [energy.value(at: start, on: pool).total]
    for _ in 0..<30 {
      try training.round(&state, on: pool)
      values.append(energy.value(at: state.point, on: pool).total)
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 <= $0 + 1e-12 })
    #expect(values[30] < 0.8 * values[0])
  }
}
