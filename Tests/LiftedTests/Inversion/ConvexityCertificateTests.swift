import Proximal
import Tensors
import Testing

@testable import Lifted

/// When the lifted functional of a monotone residual network is convex.
@Suite struct ConvexityCertificateTests {
  private let pool = WorkerPool(threads: 1)

  @Test("Eigenvalues are those of the closed forms", arguments: [1, 2, 5, 20, 100])
  func closedForms(_ l: Int) throws {
    let two = try ConvexityCertificate(depth: l, lambda: 2, rho: .infinity)
    let one = try ConvexityCertificate(depth: l, lambda: 1, rho: .infinity)
    #expect(abs(two.smallestEigenvalue - (2 - 2 * .cos(.pi / Double(l + 2)))) < 1e-13)
    #expect(abs(one.smallestEigenvalue - (2 - 2 * .cos(.pi / Double(2 * l + 3)))) < 1e-13)
  }

  @Test("Twenty blocks need rho of 49.1 at lambda 2 and 187 at lambda 1")
  func twenty() throws {
    let two = try #require(try ConvexityCertificate(depth: 20, lambda: 2, rho: 1).leastRho)
    let one = try #require(try ConvexityCertificate(depth: 20, lambda: 1, rho: 1).leastRho)
    #expect(abs(two - 49.1) < 0.1 && abs(one - 187) < 1)
    for (factor, isCertified) in [(1.001, true), (0.999, false)] {
      #expect(
        try ConvexityCertificate(depth: 20, lambda: 2, rho: factor * two).isCertified == isCertified
      )
    }
  }

  @Test("The bound on lambda, heads and signs")
  func limits() throws {
    for l in [1, 4, 9] {
      let bound = Double(l) / Double(l + 1)
      #expect(try ConvexityCertificate(depth: l, lambda: bound * 1.01, rho: 1).leastRho != nil)
      #expect(try ConvexityCertificate(depth: l, lambda: bound * 0.99, rho: 1).leastRho == nil)
      // lambda s^2 is what counts.
      #expect(
        try ConvexityCertificate(depth: l, lambda: 4 * bound * 0.99, headMinimum: 0.5, rho: 1)
          .leastRho == nil)
      let minus = try ConvexityCertificate(depth: l, lambda: 50, rho: .infinity, sign: .minus)
      #expect(minus.leastRho == nil && !minus.isCertified)
    }
    #expect(try ConvexityCertificate(depth: 4, lambda: 9, headMinimum: 0, rho: 9).leastRho == nil)
    let deep = try ConvexityCertificate(depth: 60, lambda: 2, rho: .infinity, sign: .minus)
    #expect(abs(deep.smallestEigenvalue + 4) < 0.01)
    for bad in notPositive {
      #expect(throws: SolverError.self) { try ConvexityCertificate(depth: 2, lambda: bad, rho: 1) }
    }
    for bad in [0, -1, Double.nan] {
      #expect(throws: SolverError.self) { try ConvexityCertificate(depth: 2, lambda: 1, rho: bad) }
    }
    #expect(throws: SolverError.self) { try ConvexityCertificate(depth: 0, lambda: 1, rho: 1) }
    #expect(throws: SolverError.self) {
      try ConvexityCertificate(depth: 2, lambda: 1, headMinimum: -1, rho: 1)
    }
  }

  @Test("Where it is certified no chord lies below; where Q is indefinite one does")
  func chords() throws {
    // Offsets that keep all units inactive, where `Phi^*` is flat and lends no convexity of its own.
    let blocks = try ResidualCase(depth: 3, .relu, offset: -20)
    let certified = try blocks.inversion(rho: nil)
    let indefinite = try blocks.inversion(rho: 0.05)
    #expect(try certified.certificate.isCertified)
    #expect(try !indefinite.certificate.isCertified)
    for isAlongBlocks in [true, false] {
      #expect(blocks.worstChord(certified, alongBlocks: isAlongBlocks) >= -1e-12)
    }
    #expect(blocks.worstChord(indefinite, alongBlocks: true) < -1e-3)
    let active = try ResidualCase(depth: 3, .relu)
    #expect(active.worstChord(try active.inversion(rho: nil), alongBlocks: false) >= -1e-12)
  }
}

/// A monotone residual network of dense blocks with random parameters.
struct ResidualCase {
  let residual: MonotoneResidualNetwork<Double>
  let truth: Tensor<Double>
  let measured: Tensor<Double>
  let pool = WorkerPool(threads: 1)

  init(
    depth: Int, _ formula: Formula, width: Int = 4, hidden: Int = 6, samples: Int = 3,
    offset: Double = 0
  ) throws {
    let blocks = try (0..<depth).map { _ in
      try dense(width, hidden, formula.activation)
    }
    let theta = (0..<depth).map { k -> [Tensor<Double>] in
      [
        normal([hidden, width], lane: UInt64(100 + k), scale: 0.4),
        normal([hidden], lane: UInt64(200 + k), scale: 0.3).map { $0 + offset },
      ]
    }
    residual = try MonotoneResidualNetwork(blocks, theta)
    truth = normal([samples, width], lane: 5)
    measured = residual.states(of: truth, on: pool).u[depth]
  }

  func inversion(
    rho: Double?, lambda: Double = 2, multipliers: Int? = nil, inputPenalty: InputPenalty? = nil
  ) throws -> ResidualInversion<Double> {
    try ResidualInversion(
      residual, inputPenalty: inputPenalty, lambda: lambda, rho: rho, multipliers: multipliers,
      on: pool)
  }

  /// The least of `(E(m + d) + E(m - d))/2 - E(m)`, relative, over random points `m` and directions `d`; the
  /// same direction in all inputs of blocks and half its image in their activations, or any.
  func worstChord(_ inversion: ResidualInversion<Double>, alongBlocks: Bool) -> Double {
    let (l, width, hidden) = (residual.depth, residual.width, residual.blocks[0].stage.outputs)
    let zeros = (0..<l).map { _ in Tensor<Double>(shape: [1, width]) }
    var stream = RandomStream(seed: 3, .probe)
    func random(_ count: Int) -> Tensor<Double> { .normal(shape: [1, count], from: &stream) }
    func moved(_ x: [Tensor<Double>], _ by: Double, _ d: [Tensor<Double>]) -> [Tensor<Double>] {
      zip(x, d).map {
        var sum = $0
        sum.combine(1, by, $1)
        return sum
      }
    }
    return (0..<1000).reduce(Double.infinity) { worst, _ in
      let u = (0...l).map { _ in random(width) }
      let z = (0..<l).map { _ in random(hidden).map { abs($0) + 9 } }
      var (du, dz) = ((0...l).map { _ in random(width) }, (0..<l).map { _ in random(hidden) })
      if alongBlocks {
        du = Array(repeating: du[0], count: l) + [zeros[0]]
        dz = (0..<l).map {
          residual.blocks[$0].stage.applied(residual.theta[$0], to: du[0], on: pool).scaled(by: 0.5)
        }
      }
      func value(_ t: Double) -> Double {
        inversion.smoothAndPenalties(
          moved(u, t, du), moved(z, t, dz), zeros, measured.rows(0..<1), on: pool)
      }
      let middle = value(0)
      return min(worst, ((value(1) + value(-1)) / 2 - middle) / max(abs(middle), 1))
    }
  }
}
