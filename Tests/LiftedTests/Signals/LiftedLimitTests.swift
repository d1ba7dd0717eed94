import Proximal
import Tensors
import Testing

@testable import Lifted

/// As `beta` tends to 0 the lifted gradients over `beta` tend to that of back-propagation.
@Suite struct LiftedLimitTests {
  static let signals: [any Signal] = [CentredContrast(), MirrorSweep()]
  private let pool = WorkerPool(threads: 2)

  private func cosine(
    _ signal: some Signal, _ widths: [Int], _ hidden: Formula, samples: Int, beta: Double
  ) throws -> Double {
    let naive = try Naive(widths, Array(repeating: hidden, count: widths.count - 2) + [.softmax])
    let theta: Parameters<Float> = try Initialisation.he.parameters(
      for: naive.network, seed: 1, on: pool)
    let batch = Batch<Float>(
      inputs: normal([samples, widths[0]], lane: 1), targets: oneHot(samples, classes: 10))
    let lifted = try signal.weightGradient(
      of: naive.network, at: theta, batch, beta: beta, on: pool)
    let truth = try BackPropagation().weightGradient(
      of: naive.network, at: theta, batch, beta: 1, on: pool)
    return lifted.cosine(to: truth)
  }

  @Test(
    "At beta = 0.01 the gradient of the 784-256-256-10 classifier points where back-propagation's does",
    arguments: [0, 1], [Formula.relu, .tanh])
  func classifier(_ signal: Int, _ hidden: Formula) throws {
    let cosine = try cosine(
      Self.signals[signal], [784, 256, 256, 10], hidden, samples: 100, beta: 0.01)
    #expect(cosine >= 0.999)
  }

  @Test("A deep narrow network agrees too", arguments: [0, 1], [Formula.relu, .tanh, .sigmoid])
  func deep(_ signal: Int, _ hidden: Formula) throws {
    let cosine = try cosine(
      Self.signals[signal], [49, 32, 32, 32, 32, 10], hidden, samples: 64, beta: 0.001)
    #expect(cosine >= 0.999)
  }

  /// The relative distance from the back-propagation gradient.
  private func error(_ signal: some Signal, beta: Double) throws -> Double {
    let naive = try Naive([6, 9, 8, 5], [.tanh, .tanh, .identity])
    let theta = Parameters<Double>.random(naive.network)
    let batch = naive.batch(12)
    let truth = try BackPropagation().weightGradient(
      of: naive.network, at: theta, batch, beta: 1, on: pool)
    let lifted = try signal.weightGradient(
      of: naive.network, at: theta, batch, beta: beta, on: pool)
    let (mine, theirs) = (truth.layers.joined(), lifted.layers.joined())
    var (difference, size) = (0.0, 0.0)
    for (a, b) in zip(mine, theirs) {
      var d = a
      d.combine(1, -1, b)
      difference += d.squaredNorm
      size += a.squaredNorm
    }
    return (difference / size).squareRoot()
  }

  @Test("The mirror sweep's error is of first order in beta, the centred contrast's of second")
  func slopes() throws {
    let betas = [0.04, 0.02, 0.01]
    let mirror = try betas.map { try error(MirrorSweep(), beta: $0) }
    let centred = try betas.map { try error(CentredContrast(), beta: $0) }
    for i in 0..<2 {
      #expect(abs(mirror[i] / mirror[i + 1] - 2) < 0.1)
      #expect(abs(centred[i] / centred[i + 1] - 4) < 0.1)
    }
    #expect(mirror[0] > 1e-4 && centred[0] > 1e-7)
  }

  @Test("Both signals are exact on a linear network, whatever beta")
  func linear() throws {
    let naive = try Naive([6, 9, 5], [.identity, .identity])
    let (theta, batch) = (Parameters<Double>.random(naive.network), naive.batch(12))
    let truth = try BackPropagation().weightGradient(
      of: naive.network, at: theta, batch, beta: 1, on: pool)
    for signal in Self.signals {
      let lifted = try signal.weightGradient(
        of: naive.network, at: theta, batch, beta: 50, on: pool)
      #expect(distance(lifted, truth) < 1e-11)
    }
  }
}
