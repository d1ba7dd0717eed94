import Proximal
import RealModule
import Tensors
import Testing

@testable import Imaging

/// The same operator without its shorter ways.
private struct Plain: LinearOperator {
  let a: any LinearOperator
  var input: ImageShape { a.input }
  var output: ImageShape { a.output }
  var norm: Double { a.norm }

  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    a.apply(x, into: &y, on: pool)
  }

  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool) {
    a.adjoint(of: y, into: &x, on: pool)
  }
}

@Suite("Restoration by total variation") struct RestorationTests {
  private static let shape = extents(channels: 2, height: 20, width: 24)

  private func measured(_ a: any LinearOperator, sigma: Double = 0.02) -> Tensor<Double> {
    var y = a.apply(scene(a.input, Double.self), on: pool)
    Noise.gaussian(sigma: sigma).add(to: &y, seed: 1, on: pool)
    return y
  }

  private func operators() throws -> [any LinearOperator] {
    let shape = Self.shape
    var stream = RandomStream(seed: 1, .synthesis)
    let mask = try PixelMask.random(height: 20, width: 24, fraction: 0.6, from: &stream)
    let kernel = try BlurKernel.gaussian(size: 5, standardDeviation: 1)
    return [
      try Mask(shape, keeping: mask), try Blur(shape, kernel: kernel, border: .circular),
      try FourierUndersampling(shape, measuring: mask), try BlockAverage(shape, factor: 2),
    ]
  }

  @Test("rows of pixels are restored as pictures with extents are")
  func flatRows() throws {
    let a = IdentityOperator(Self.shape)
    let y = measured(a, sigma: 0.1)
    let flat = try y.reshaped(to: [y.rows, y.columns])
    let solver = try TotalVariationRestoration(weight: 0.08)
    let (made, expected) = (
      solver.restore(flat, by: a, on: pool), solver.restore(y, by: a, on: pool)
    )
    #expect(made.pictures.scalars == expected.pictures.scalars && made.value == expected.value)
  }

  @Test("where the operator is the identity it is the prox")
  func identity() throws {
    let a = IdentityOperator(Self.shape)
    let y = measured(a, sigma: 0.1)
    let variation = TotalVariation(Self.shape)
    let prox = variation.prox(
      of: y, step: 0.08, accuracy: 1e-6, maximumIterations: 100_000, on: pool
    ).point
    let solver = try TotalVariationRestoration(
      weight: 0.08, tolerance: 1e-9, maximumIterations: 20_000)
    for a in [a, Plain(a: a)] as [any LinearOperator] {
      let made = solver.restore(y, by: a, on: pool)
      #expect(distance(made.pictures, prox) < 1e-4)
      #expect(made.isSettled)
    }
  }

  @Test("with and without the inverse in closed form the minimum is the same")
  func paths() throws {
    for a in try operators() {
      let y = measured(a)
      let solver = try TotalVariationRestoration(
        weight: 0.01, tolerance: 1e-8, maximumIterations: 20_000)
      let short = solver.restore(y, by: a, on: pool)
      let long = solver.restore(y, by: Plain(a: a), on: pool)
      #expect(short.isSettled)
      #expect(abs(short.value - long.value) < 1e-4 * short.value, "\(type(of: a))")
    }
  }

  @Test("no perturbation has a lower value")
  func optimality() throws {
    for a in try operators() + [try RadonTransform(Self.shape, views: 15, on: pool)] {
      let y = measured(a)
      let weight = 0.02
      let made = try TotalVariationRestoration(
        weight: weight, tolerance: 1e-8, maximumIterations: 20_000
      ).restore(y, by: a, on: pool)
      let variation = TotalVariation(Self.shape)
      func value(_ x: Tensor<Double>) -> Double {
        var residual = a.apply(x, on: pool)
        residual.combine(1, -1, y)
        return residual.squaredNorm / 2 + weight * variation.values(of: x, on: pool).reduce(0, +)
      }
      #expect(abs(value(made.pictures) - made.value) < 1e-10 * made.value)
      for scale in [0.1, 0.01, 0.001] {
        for seed in 1...5 as ClosedRange<UInt64> {
          var moved = made.pictures
          moved.combine(1, scale, uniform(Self.shape.batch(1), seed: seed, Double.self))
          #expect(value(moved) > made.value - 1e-5 * made.value, "\(type(of: a))")
        }
      }
    }
  }

  @Test("it comes nearer to the picture than the measurement was")
  func gain() throws {
    for a in try operators().prefix(3) {
      let x = scene(Self.shape, Double.self)
      let y = measured(a)
      let made = try TotalVariationRestoration(weight: 0.005).restore(y, by: a, on: pool)
      let psnr = PeakSignalToNoise(dataRange: 1)
      let before = psnr(a.adjoint(of: y, on: pool), reference: x)[0]
      #expect(psnr(made.pictures, reference: x)[0] > before + 2, "\(type(of: a))")
    }
  }

  @Test("the same bits on any number of threads")
  func threads() throws {
    for a in try operators() {
      let y = measured(a).map { Float($0) }
      let solver = try TotalVariationRestoration(weight: 0.01, maximumIterations: 30)
      #expect(solver.restore(y, by: a, on: pool) == solver.restore(y, by: a, on: alone))
    }
  }

  @Test("iterations and tolerance end it, and it says which")
  func ends() throws {
    let a = try operators()[1]
    let y = measured(a)
    let short = try TotalVariationRestoration(weight: 0.01, maximumIterations: 3)
    let made = short.restore(y, by: a, on: pool)
    #expect(made.iterations == 3 && !made.isSettled)
    let loose = try TotalVariationRestoration(weight: 0.01, tolerance: 1e-2)
    let tight = try TotalVariationRestoration(weight: 0.01, tolerance: 1e-5)
    #expect(
      loose.restore(y, by: a, on: pool).iterations < tight.restore(y, by: a, on: pool).iterations)
    let flat = Tensor<Double>(repeating: 0.5, shape: y.shape)
    #expect(tight.restore(flat, by: a, on: pool).iterations < 4)
  }

  @Test("parameters out of range are refused")
  func refused() {
    #expect(throws: ImagingError.self) { try TotalVariationRestoration(weight: 0) }
    #expect(throws: ImagingError.self) { try TotalVariationRestoration(weight: 1, stride: 0) }
    #expect(throws: ImagingError.self) { try TotalVariationRestoration(weight: 1, tolerance: .nan) }
    #expect(throws: ImagingError.self) {
      try TotalVariationRestoration(weight: 1, maximumIterations: 0)
    }
  }
}
