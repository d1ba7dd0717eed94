import Lifted
import Proximal
import Tensors
import Testing

@Suite("The article on stable inversion, deep networks")
struct DeepInversionExample {
  @Test("An encoder's pictures are found again from their codes")
  func encoder() throws {
    let pool = WorkerPool(threads: 2)
    let shape = try ImageShape(channels: 1, height: 8, width: 8)
    let encoder = try Network {
      try dense(64, 128, ReLU())
      try dense(128, 60, Identity())
    }
    let theta: Parameters<Double> = try Initialisation.he.parameters(
      for: encoder, seed: 1, on: pool)
    var truth = Tensor<Double>(shape: [2, 64])
    for i in 0..<64 { truth[0, i] = i % 8 < 4 ? 1 : 0.2 }
    for i in 0..<64 { truth[1, i] = i / 8 < 3 ? 0.8 : 0 }
    let codes = encoder.output(of: truth, at: theta, on: pool)
    let decoded = Tensor<Double>(repeating: 0.5, shape: [2, 64])

    // The encoder's input from its code, starting where a decoder would put it.
    let pictures = try InputPenalty(alpha: 1e-3, TotalVariation(shape))
    let inversion = try SweepInversion(encoder, theta, inputPenalty: pictures)
    var state = try inversion.start(from: .given(decoded), measured: codes, on: pool)
    let found = try inversion.run(&state, until: StopRule(maximumIterations: 100), on: pool)

    var (error, before) = (found.u, decoded)
    error.combine(1, -1, truth)
    before.combine(1, -1, truth)
    #expect(error.squaredNorm < 0.05 * before.squaredNorm)
    #expect(found.warnings.isEmpty)
  }
}
