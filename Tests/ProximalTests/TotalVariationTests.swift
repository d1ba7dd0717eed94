import RealModule
import Tensors
import Testing

@testable import Proximal

private let pool = WorkerPool(threads: 3)
private let alone = WorkerPool(threads: 1)

@Suite("Total variation") struct TotalVariationTests {
  private func variation(_ height: Int, _ width: Int) throws -> TotalVariation {
    TotalVariation(try ImageShape(channels: 1, height: height, width: width))
  }

  private func noise(_ shape: [Int], seed: UInt64 = 1) -> Tensor<Double> {
    var stream = RandomStream(seed: seed, .probe)
    return .normal(shape: shape, from: &stream)
  }

  /// `sum_p |(D u)_p|`, written out.
  private func total(_ u: [Double], _ height: Int, _ width: Int) -> Double {
    var sum = 0.0
    for y in 0..<height {
      for x in 0..<width {
        let right = x + 1 < width ? u[y * width + x + 1] - u[y * width + x] : 0
        let down = y + 1 < height ? u[(y + 1) * width + x] - u[y * width + x] : 0
        sum += (right * right + down * down).squareRoot()
      }
    }
    return sum
  }

  private func rms(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
    var difference = a
    difference.combine(1, -1, b)
    return (difference.squaredNorm / Double(a.count)).squareRoot()
  }

  @Test("the value is the sum of gradient lengths, over all planes", arguments: [(1, 1), (4, 5)])
  func value(height: Int, width: Int) throws {
    let u = noise([3, height, width])
    let expected = (0..<3).reduce(0) {
      $0 + total(u.rows($1..<$1 + 1).scalars, height, width)
    }
    let values = try variation(height, width).values(of: u, on: pool)
    #expect(abs(values.reduce(0, +) - expected) < 1e-12)
  }

  @Test("differences and their transpose fit: <D x, p> = <x, D^* p>; the norm is sharp")
  func differences() {
    let d = ForwardDifferences(height: 6, width: 9)
    let (x, p) = (noise([54]), noise([108], seed: 2))
    var (dx, dtp) = (Tensor<Double>(shape: [108]), Tensor<Double>(shape: [54]))
    dx.withMutablePointer { g in
      x.withPointer { d.gradient(of: $0, right: g, down: g + 54, rows: 0..<6) }
    }
    dtp.withMutablePointer { out in
      p.withPointer {
        d.adjoint(of: $0, $0 + 54, times: 2, plus: 0, times: $0, into: out, rows: 0..<6)
      }
    }
    #expect(abs(2 * dx.dot(p) - x.dot(dtp)) < 1e-12)
    #expect(dx.squaredNorm <= d.norm * d.norm * x.squaredNorm)
    #expect(d.norm < 8.0.squareRoot() && d.norm > 2.6)
  }

  @Test(
    "of two pixels the prox moves each by lambda, or both to their mean",
    arguments: [0.1, 0.3, 0.49, 0.51, 2])
  func twoPixels(lambda: Double) throws {
    for (height, width) in [(1, 2), (2, 1)] {
      let v = try Tensor<Double>(shape: [2], scalars: [0, 1])
      let u = try variation(height, width).prox(of: v, step: lambda, accuracy: 1e-7, on: pool)
      let move = min(lambda, 0.5)
      #expect(abs(u.point.scalars[0] - move) < 1e-6)
      #expect(abs(u.point.scalars[1] - (1 - move)) < 1e-6)
      #expect(u.isAccurate)
    }
  }

  @Test("a step in a row loses lambda / length on either side")
  func step() throws {
    let v = try Tensor<Double>(
      shape: [10], scalars: Array(repeating: 0.2, count: 4) + Array(repeating: 1, count: 6))
    let u = try variation(1, 10).prox(
      of: v, step: 0.12, accuracy: 1e-7, maximumIterations: 100_000, on: pool)
    for i in 0..<4 { #expect(abs(u.point.scalars[i] - (0.2 + 0.12 / 4)) < 1e-6) }
    for i in 4..<10 { #expect(abs(u.point.scalars[i] - (1 - 0.12 / 6)) < 1e-6) }
  }

  @Test("the error is what was asked for, as a slow projected gradient on the dual shows")
  func accuracy() throws {
    let (height, width, lambda) = (5, 6, 0.7)
    let v = noise([30])
    // p <- P(p + D(v - lambda D^* p) / (8 lambda)), twenty thousand times.
    let d = ForwardDifferences(height: height, width: width)
    var (p, u) = (Tensor<Double>(shape: [60]), v)
    for _ in 0..<20_000 {
      var gradient = Tensor<Double>(shape: [60])
      p.withPointer { p in
        v.withPointer { v in
          u.withMutablePointer {
            d.adjoint(of: p, p + 30, times: -lambda, plus: 1, times: v, into: $0, rows: 0..<5)
          }
        }
      }
      gradient.withMutablePointer { g in
        u.withPointer { d.gradient(of: $0, right: g, down: g + 30, rows: 0..<5) }
      }
      p.combine(1, 1 / (8 * lambda), gradient)
      for i in 0..<30 {
        let size = (p[i] * p[i] + p[i + 30] * p[i + 30]).squareRoot()
        if size > 1 {
          p[i] /= size
          p[i + 30] /= size
        }
      }
    }
    for accuracy in [1e-2, 1e-3, 1e-4] {
      let made = try variation(height, width).prox(
        of: v, step: lambda, accuracy: accuracy, on: pool)
      #expect(made.isAccurate)
      #expect(rms(made.point, u) <= accuracy + 1e-6)
      #expect(made.gap <= 30 * accuracy * accuracy / 2)
    }
  }

  @Test("no perturbation lowers the objective by more than the gap")
  func optimality() throws {
    let variation = try variation(7, 8)
    let v = noise([56])
    let made = variation.prox(of: v, step: 0.4, accuracy: 1e-4, on: pool)
    func objective(_ u: Tensor<Double>) -> Double {
      let distance = rms(u, v)
      return distance * distance * 56 / 2 + 0.4 * total(u.scalars, 7, 8)
    }
    for scale in [1.0, 0.1, 0.01, 0.001] {
      for seed in 10..<30 as Range<UInt64> {
        var moved = made.point
        moved.combine(1, scale, noise([56], seed: seed))
        #expect(objective(made.point) <= objective(moved) + made.gap)
      }
    }
  }

  @Test("the mean stays, a large weight leaves nothing but the mean")
  func limits() throws {
    let v = noise([48])
    let mean = v.scalars.reduce(0, +) / 48
    let some = try variation(6, 8).prox(of: v, step: 0.3, accuracy: 1e-5, on: pool).point
    #expect(abs(some.scalars.reduce(0, +) / 48 - mean) < 1e-12)
    let flat = try variation(6, 8).prox(
      of: v, step: 100, accuracy: 1e-4, maximumIterations: 20_000, on: pool)
    #expect(flat.isAccurate)
    for number in flat.point.scalars { #expect(abs(number - mean) < 1e-3) }
    let constant = Tensor<Double>(repeating: 3, shape: [48])
    let same = try variation(6, 8).prox(of: constant, step: 2, accuracy: 1e-6, on: pool)
    #expect(same.point == constant && same.iterations == 0)
  }

  @Test("a plane's prox is the same bits alone, among others, and on any number of threads")
  func bits() throws {
    let v = noise([5, 60 * 300])
    let variation = try variation(60, 300)
    func prox(_ v: Tensor<Double>, _ pool: WorkerPool) -> Tensor<Double> {
      variation.prox(of: v, step: 0.5, accuracy: 1e-2, on: pool).point
    }
    let all = prox(v, pool)
    #expect(prox(v, alone) == all)
    for i in 0..<5 { #expect(prox(v.rows(i..<i + 1), pool) == all.rows(i..<i + 1)) }
  }

  @Test("Float does what Double does, and few iterations are said not to be enough")
  func floatAndIterations() throws {
    let v = noise([40, 30])
    let variation = try variation(40, 30)
    let double = variation.prox(of: v, step: 0.5, accuracy: 1e-3, on: pool)
    let float = variation.prox(of: v.map { Float($0) }, step: 0.5, accuracy: 1e-3, on: pool)
    #expect(float.isAccurate)
    #expect(rms(float.point.map { Double($0) }, double.point) < 2e-3)
    let early = variation.prox(of: v, step: 0.5, accuracy: 1e-3, maximumIterations: 3, on: pool)
    #expect(!early.isAccurate && early.iterations == 3 && early.gap > double.gap)
  }

  @Test("rows that are no such pictures are refused")
  func refused() throws {
    let variation = try variation(3, 4)
    #expect(throws: Never.self) { try variation.check(columns: 12) }
    #expect(
      throws: ProximalError.columns(11, of: "TotalVariation", needs: "12, pictures of 1 x 3 x 4")
    ) {
      try variation.check(columns: 11)
    }
  }
}
