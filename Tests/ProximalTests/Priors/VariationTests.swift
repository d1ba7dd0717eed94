import Proximal
import Tensors
import Testing

@testable import Proximal

private let pool = WorkerPool(threads: 2)

/// Total variation and total generalised variation of pictures whose value can be told.
@Suite("Variations of known pictures") struct VariationTests {
  /// A picture by its pixels `(channel, y, x)`.
  private func picture(
    _ shape: ImageShape, _ pixel: (Int, Int, Int) -> Double
  ) -> Tensor<Double> {
    var u = Tensor<Double>(shape: [1, shape.count])
    for c in 0..<shape.channels {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          u[0, c * shape.pixels + y * shape.width + x] = pixel(c, y, x)
        }
      }
    }
    return u
  }

  private func value(_ j: any Regulariser, _ u: Tensor<Double>) -> Double {
    j.values(of: u, on: pool)[0]
  }

  @Test("of a step it is height times length, whichever way it is measured")
  func step() {
    let shape = RegulariserEntry.shape(1, 6, 8)
    let upright = picture(shape) { _, _, x in x < 3 ? 0.2 : 0.9 }
    let lying = picture(shape) { _, y, _ in y < 2 ? 0.2 : 0.9 }
    for length in TotalVariation.Length.allCases {
      let j = TotalVariation(shape, length)
      #expect(abs(value(j, upright) - 0.7 * 6) < 1e-12)
      #expect(abs(value(j, lying) - 0.7 * 8) < 1e-12)
    }
  }

  @Test("a corner and channels tell the lengths apart")
  func lengths() {
    let shape = RegulariserEntry.shape(3, 4, 4)
    // One pixel up by (3, 4, 12): as colours 13. Its differences: two along, two across.
    let rises = [3.0, 4, 12]
    let dot = picture(shape) { c, y, x in y == 2 && x == 1 ? rises[c] : 0 }
    func total(_ length: TotalVariation.Length, _ channels: TotalVariation.Channels) -> Double {
      value(TotalVariation(shape, length, channels: channels), dot)
    }
    // From the left and from above it is reached once each; at the pixel itself both differences count.
    let isotropic = 2 + 2.0.squareRoot()
    #expect(abs(total(.isotropic, .separate) - 19 * isotropic) < 1e-12)
    #expect(abs(total(.isotropic, .coupled) - 13 * isotropic) < 1e-12)
    #expect(abs(total(.anisotropic, .separate) - 19 * 4) < 1e-12)
    #expect(abs(total(.anisotropic, .coupled) - 13 * 4) < 1e-12)
  }

  @Test("of an affine ramp total generalised variation is 0, total variation is not")
  func ramp() throws {
    for shape in [
      RegulariserEntry.shape(1, 7, 9), RegulariserEntry.shape(1, 1, 12),
      RegulariserEntry.shape(2, 5, 4),
    ] {
      let u = picture(shape) { 0.25 * Double($2) - 0.5 * Double($1) + Double($0) }
      #expect(value(try TotalGeneralisedVariation(shape), u) < 1e-12)
      #expect(value(TotalVariation(shape), u) > 1)
      var (point, memory) = (u, RegulariserMemory<Double>(.accuracy(1e-6, atMost: 20_000)))
      try TotalGeneralisedVariation(shape).prox(of: &point, step: 3, &memory, on: pool)
      point.combine(1, -1, u)
      #expect(point.squaredNorm.squareRoot() < 1e-4)
    }
  }

  @Test("of a step it is that of total variation, of a kink the bend")
  func stepAndKink() throws {
    let shape = RegulariserEntry.shape(1, 1, 20)
    let j = try TotalGeneralisedVariation(shape, alpha1: 1.5, alpha0: 4)
    // min_w: no w at all costs 1.5 * 2, any other way twice 4 * 2.
    #expect(abs(value(j, picture(shape) { _, _, x in x < 9 ? 0 : 2 }) - 3) < 3.1e-3)
    // The slope changes by 0.5: w = D u costs 4 * 0.5; w = 0 costs 1.5 * 0.5 * 9.
    #expect(abs(value(j, picture(shape) { _, _, x in max(Double(x) - 10, 0) / 2 }) - 2) < 2.1e-3)
  }

  @Test(
    "of a signal it is the minimum over fields of its own slopes",
    arguments: 1...5 as ClosedRange<UInt64>)
  func signals(seed: UInt64) throws {
    // Some w among the values of D u is best: dynamic programming over those.
    let (n, a1, a0) = (9, 1.3, 0.9)
    let u = noise([1, n], seed: seed)
    let slopes = (0..<n - 1).map { u[0, $0 + 1] - u[0, $0] }
    var costs = slopes.map { a1 * abs(slopes[0] - $0) }
    for slope in slopes.dropFirst() {
      costs = slopes.map { w in
        a1 * abs(slope - w)
          + (zip(slopes, costs).map { $1 + a0 * abs($0 - w) }.min() ?? 0)
      }
    }
    let least = costs.min() ?? 0
    let j = try TotalGeneralisedVariation(RegulariserEntry.shape(1, 1, n), alpha1: a1, alpha0: a0)
    #expect(value(j, u) >= least * (1 - 1e-12) && value(j, u) <= least * 1.001)
  }

  @Test("pictures with their extents are rows; memory of another batch is left")
  func extents() throws {
    let j = try TotalGeneralisedVariation(RegulariserEntry.shape(2, 4, 5))
    let (v, w) = (noise([3, 40]), noise([1, 40], seed: 2))
    var (flat, one) = (v, RegulariserMemory<Double>())
    var (deep, other) = (try v.reshaped(to: [3, 2, 4, 5]), RegulariserMemory<Double>())
    for _ in 0..<2 {
      j.prox(of: &flat, step: 0.3, &one, on: pool)
      j.prox(of: &deep, step: 0.3, &other, on: pool)
      #expect(flat.scalars == deep.scalars)
    }
    var (again, fresh) = (w, w)
    j.prox(of: &again, step: 0.3, &one, on: pool)
    var none = RegulariserMemory<Double>()
    j.prox(of: &fresh, step: 0.3, &none, on: pool)
    #expect(again == fresh)
  }

  @Test("weights of total generalised variation are greater than 0")
  func weights() {
    let shape = RegulariserEntry.shape(1, 4, 4)
    for bad in [0, -1, .nan, .infinity] {
      #expect(throws: ProximalError.self) { try TotalGeneralisedVariation(shape, alpha1: bad) }
      #expect(throws: ProximalError.self) { try TotalGeneralisedVariation(shape, alpha0: bad) }
    }
  }

  @Test("a channel by itself is as it would be alone; coupled channels are not")
  func channels() {
    let (alone, both) = (RegulariserEntry.shape(1, 4, 5), RegulariserEntry.shape(2, 4, 5))
    let v = noise([1, 40])
    for length in TotalVariation.Length.allCases {
      func prox(_ j: TotalVariation, _ v: Tensor<Double>) -> Tensor<Double> {
        j.prox(of: v, step: 0.3, accuracy: 1e-8, maximumIterations: 50_000, on: pool).point
      }
      let second = Tensor(rows: [Array(v.scalars[20...])])
      let separate = prox(TotalVariation(both, length), v).scalars[20...]
      let coupled = prox(TotalVariation(both, length, channels: .coupled), v).scalars[20...]
      let single = prox(TotalVariation(alone, length), second).scalars
      #expect(zip(separate, single).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(zip(coupled, single).contains { abs($0 - $1) > 1e-2 })
    }
  }

  @Test("of long signals the exact map agrees with the dual one", arguments: [0.01, 0.3, 4, 100])
  func fusedLasso(lambda: Double) {
    let n = 60
    let v = noise([2, n], seed: 3)
    let j = TotalVariation(RegulariserEntry.shape(1, 1, n))
    var (u, memory) = (v, RegulariserMemory<Double>(.accuracy(1e-6, atMost: 200_000)))
    var dual = DualProx(j, of: v, step: lambda, memory, on: pool)
    dual.solve(memory.effort)
    j.prox(of: &u, step: lambda, &memory, on: pool)
    #expect(memory.gaps == [0, 0] && memory.iterations == 0)
    for (a, b) in zip(u.scalars, dual.point.scalars) { #expect(abs(a - b) < 1e-4) }
  }
}
