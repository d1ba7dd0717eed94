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
        try ConvexityCertificate(depth: 20, lambda: 2, rho: factor * two).isCertified == isCertified)
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
    let blocks = try ResidualCase(depth: 3, .relu)
    let certified = try blocks.inversion(rho: nil)
    #expect(try certified.certificate.isCertified)
    let indefinite = try blocks.inversion(rho: 0.05)
    #expect(try !indefinite.certificate.isCertified)
    #expect(try blocks.worstChord(certified, tries: 4000) >= -1e-9)
    #expect(try blocks.worstChord(indefinite, tries: 4000) < -1e-3)
  }
}

/// A monotone residual network of dense blocks with random parameters.
struct ResidualCase {
  let residual: MonotoneResidualNetwork<Double>
  let truth: Tensor<Double>
  let measured: Tensor<Double>
  let pool = WorkerPool(threads: 1)

  init(depth: Int, _ formula: Formula, width: Int = 4, hidden: Int = 6, samples: Int = 3) throws {
    let blocks = try (0..<depth).map { _ in
      try dense(width, hidden, formula.activation)
    }
    let theta = (0..<depth).map { k -> [Tensor<Double>] in
      [
        normal([hidden, width], lane: UInt64(100 + k), scale: 0.4),
        normal([hidden], lane: UInt64(200 + k), scale: 0.3),
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

  /// The least of `(E(a) + E(b))/2 - E((a + b)/2)` over pairs of random points at random distances.
  func worstChord(_ inversion: ResidualInversion<Double>, tries: Int) throws -> Double {
    let (l, width) = (residual.depth, residual.width)
    let hidden = residual.blocks[0].stage.outputs
    let zeros = (0..<l).map { _ in Tensor<Double>(shape: [1, width]) }
    var stream = RandomStream(seed: 3, .probe)
    func point(_ scale: Double) -> (u: [Tensor<Double>], z: [Tensor<Double>]) {
      (
        (0...l).map { _ in .normal(shape: [1, width], standardDeviation: scale, from: &stream) },
        (0..<l).map { _ in
          Tensor.normal(shape: [1, hidden], standardDeviation: scale, from: &stream).map { abs($0) }
        }
      )
    }
    // Along eigenvectors of the chain the curvature is least: u_k = sin-like over k, z = W u alongside.
    func value(_ p: (u: [Tensor<Double>], z: [Tensor<Double>])) -> Double {
      inversion.smoothAndPenalties(
        p.u, p.z, zeros, measured.rows(0..<1), on: pool)
    }
    func middle(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) -> [Tensor<Double>] {
      zip(a, b).map {
        var sum = $0
        sum.combine(0.5, 0.5, $1)
        return sum
      }
    }
    return (0..<tries).reduce(Double.infinity) { worst, index in
      let (a, b) = (point(1), point(0.1 + Double(index % 20)))
      let m = (u: middle(a.u, b.u), z: middle(a.z, b.z))
      let (low, high) = (value(m), (value(a) + value(b)) / 2)
      return min(worst, (high - low) / max(abs(high), 1))
    }
  }
}
