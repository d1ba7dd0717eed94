import RealModule
import Tensors
import Testing

@testable import Imaging

/// An operator, and whether its stated norm is the spectral norm itself or only a bound.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  let name: String
  let made: any LinearOperator
  let isExact: Bool
  var testDescription: String { name }

  init(_ name: String, _ made: any LinearOperator, isExact: Bool) {
    (self.name, self.made, self.isExact) = (name, made, isExact)
  }

  static let all: [OperatorCase] = {
    do { return try make() } catch { preconditionFailure("\(error)") }
  }()

  private static func make() throws -> [OperatorCase] {
    var stream = RandomStream(seed: 7, .synthesis)
    let grey = extents(height: 9, width: 12)
    let odd = extents(channels: 2, height: 7, width: 5)
    let lopsided = try BlurKernel(
      height: 3, width: 5, weights: (0..<15).map { Double($0) / 7 - 0.6 })
    let gaussian = try BlurKernel.gaussian(size: 5, standardDeviation: 1.2)
    let random = try PixelMask.random(height: 7, width: 5, fraction: 0.5, from: &stream)
    let rows = try PixelMask.rows(height: 9, width: 12, fraction: 0.3, central: 2, from: &stream)
    let corner = PixelMask(height: 7, width: 5, known: (0..<35).map { $0 == 1 })
    let blur = try Blur(grey, kernel: lopsided, border: .circular)
    return [
      .init("identity", IdentityOperator(odd), isExact: true),
      .init("mask", try Mask(odd, keeping: random), isExact: true),
      .init("circular blur", blur, isExact: true),
      .init(
        "circular Gaussian blur, odd", try Blur(odd, kernel: gaussian, border: .circular),
        isExact: true),
      .init(
        "circular blur, kernel larger than the picture",
        try Blur(extents(height: 2, width: 3), kernel: gaussian, border: .circular),
        isExact: true),
      .init("valid blur", try Blur(grey, kernel: lopsided, border: .valid), isExact: false),
      .init("valid blur, odd", try Blur(odd, kernel: gaussian, border: .valid), isExact: false),
      .init("block average", try BlockAverage(grey, factor: 3), isExact: true),
      .init("subsampling", try Subsampling(grey, factor: 3), isExact: true),
      .init(
        "subsampled blur", try Composition(Subsampling(grey, factor: 3), after: blur),
        isExact: false),
      .init("gradient", Gradient(grey), isExact: true),
      .init("gradient, odd", Gradient(odd), isExact: true),
      .init("gradient of a row", Gradient(extents(height: 1, width: 6)), isExact: true),
      .init("gradient of a column", Gradient(extents(height: 5, width: 1)), isExact: true),
      .init("Fourier lines", try FourierUndersampling(grey, measuring: rows), isExact: true),
      .init("Fourier, half", try FourierUndersampling(odd, measuring: random), isExact: true),
      .init("one frequency", try FourierUndersampling(odd, measuring: corner), isExact: true),
      .init("Radon", try RadonTransform(grey, views: 7, on: pool), isExact: false),
      .init(
        "Radon, few detectors",
        try RadonTransform(odd, angles: [0, 0.3, 1.6, 2.5, -1], detectors: 4, on: pool),
        isExact: false),
      .init(
        "stack", try Stack([IdentityOperator(grey), Gradient(grey), blur]), isExact: false),
    ]
  }
}

@Suite("Every operator") struct OperatorTests {
  @Test("has an adjoint: <A x, y> = <x, A^* y> in Double", arguments: OperatorCase.all)
  func adjoint(c: OperatorCase) {
    for seed in 1...3 as ClosedRange<UInt64> {
      let x = uniform(c.made.input.batch(2), seed: seed, Double.self)
      let y = uniform(c.made.output.batch(2), seed: seed + 10, Double.self)
      let (ax, aty) = (c.made.apply(x, on: pool), c.made.adjoint(of: y, on: pool))
      let scale = (ax.squaredNorm * y.squaredNorm).squareRoot() + 1e-30
      #expect(abs(ax.dot(y) - x.dot(aty)) <= 1e-12 * scale)
      #expect(ax.squaredNorm > 0)
    }
  }

  @Test("states its norm: exactly, or from above", arguments: OperatorCase.all)
  func norm(c: OperatorCase) {
    let norm = spectralNorm(columns(of: c.made))
    #expect(norm <= c.made.norm * (1 + 1e-12))
    if c.isExact {
      #expect(abs(norm - c.made.norm) <= 1e-9 * norm)
    } else {
      #expect(c.made.norm <= 3 * norm, "\(c.made.norm) is no use as a bound of \(norm)")
    }
    #expect(abs(c.made.estimatedNorm(iterations: 300, on: pool) - norm) <= 1e-3 * norm)
  }

  @Test("gives the same bits on any number of threads", arguments: OperatorCase.all)
  func threads(c: OperatorCase) {
    let x = uniform(c.made.input.batch(3), seed: 5, Float.self)
    let y = uniform(c.made.output.batch(3), seed: 6, Float.self)
    #expect(c.made.apply(x, on: pool) == c.made.apply(x, on: alone))
    #expect(c.made.adjoint(of: y, on: pool) == c.made.adjoint(of: y, on: alone))
  }

  @Test("does the same in Float as in Double", arguments: OperatorCase.all)
  func precisions(c: OperatorCase) {
    let x = uniform(c.made.input.batch(2), seed: 5, Float.self)
    let y = uniform(c.made.output.batch(2), seed: 6, Float.self)
    let ax = c.made.apply(x.map { Double($0) }, on: pool)
    #expect(distance(c.made.apply(x, on: pool).map { Double($0) }, ax) < 2e-5)
    let aty = c.made.adjoint(of: y.map { Double($0) }, on: pool)
    #expect(distance(c.made.adjoint(of: y, on: pool).map { Double($0) }, aty) < 2e-5)
  }

  @Test(
    "works picture by picture, and leaves nothing of what was there before",
    arguments: OperatorCase.all)
  func batches(c: OperatorCase) {
    let x = uniform([3, c.made.input.count], seed: 8, Double.self)
    var whole = Tensor<Double>(repeating: .nan, shape: [3, c.made.output.count])
    c.made.apply(x, into: &whole, on: pool)
    for i in 0..<3 {
      let one = c.made.apply(x.rows(i..<i + 1), on: pool)
      #expect(distance(one, whole.rows(i..<i + 1)) == 0)
    }
    let y = uniform([3, c.made.output.count], seed: 9, Double.self)
    var back = Tensor<Double>(repeating: .nan, shape: [3, c.made.input.count])
    c.made.adjoint(of: y, into: &back, on: pool)
    for i in 0..<3 {
      #expect(
        distance(c.made.adjoint(of: y.rows(i..<i + 1), on: pool), back.rows(i..<i + 1)) == 0)
    }
  }

  @Test(
    "has its normal operator A^* A, and its resolvent where it states one",
    arguments: OperatorCase.all)
  func normal(c: OperatorCase) {
    let x = uniform(c.made.input.batch(2), seed: 3, Double.self)
    var normal = x
    c.made.normal(x, into: &normal, on: pool)
    let expected = c.made.adjoint(of: c.made.apply(x, on: pool), on: pool)
    #expect(distance(normal, expected) < 1e-12)
    for step in [0.1, 30] {
      guard let resolvent = c.made.resolvent(step: step) else { continue }
      var back = expected
      back.combine(step, 1, x)
      #expect(distance(resolvent.apply(back, on: pool), x) < 1e-11)
    }
  }

  @Test("states a resolvent where it is known")
  func resolvents() {
    let known = OperatorCase.all.filter { $0.made.resolvent(step: 1) != nil }.map(\.name)
    for name in ["identity", "mask", "circular blur", "Fourier, half", "block average"] {
      #expect(known.contains(name))
    }
    #expect(!known.contains("Radon"))
  }
}
