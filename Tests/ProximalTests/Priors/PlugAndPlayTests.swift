import Proximal
import Tensors
import Testing

private let pool = WorkerPool(threads: 2)

@Suite("Plug-and-play priors") struct PlugAndPlayTests {
  /// The denoiser that total variation is: with it the prior must be total variation.
  private struct VariationDenoiser: Denoiser {
    let variation: TotalVariation

    func check(columns: Int) throws(ProximalError) { try variation.check(columns: columns) }

    func denoise<S: TensorScalar>(_ u: inout Tensor<S>, sigma: S, on pool: WorkerPool) {
      var memory = RegulariserMemory<S>()
      variation.prox(of: &u, step: sigma * sigma, &memory, on: pool)
    }
  }

  @Test(
    "the denoiser of a regulariser gives back its proximal map; strength is a standard deviation")
  func denoiser() throws {
    let variation = TotalVariation(RegulariserEntry.shape(1, 5, 6))
    let v = noise([3, 30])
    for strength in [1, 0.5] {
      let prior = try PlugAndPlay(
        VariationDenoiser(variation: variation), strength: strength)
      var (u, memory) = (v, RegulariserMemory<Double>())
      prior.prox(of: &u, step: 0.25, &memory, on: pool)
      var (expected, other) = (v, RegulariserMemory<Double>())
      variation.prox(of: &expected, step: 0.25 * strength * strength, &other, on: pool)
      #expect(u == expected && u != v)
      #expect(throws: ProximalError.self) { try prior.check(columns: 31) }
    }
  }
}
