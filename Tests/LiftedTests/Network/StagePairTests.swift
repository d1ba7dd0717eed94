import Tensors
import Testing

@testable import Lifted

@Suite struct StagePairTests {
  static let stages: [@Sendable () throws -> any AffineStage] = [
    { try Pass(5) },
    { try StagePair.fork(Pass(5), Dense(5, 3)) },
    { try StagePair.fork(Dense(5, 2), Dense(5, 3)) },
    { try StagePair.join(Pass(3), Dense(4, 3)) },
    { try StagePair.join(Dense(2, 3), Dense(4, 3)) },
    { try StagePair.parallel(Dense(2, 3), Dense(4, 5)) },
    { try StagePair.parallel(StagePair.fork(Pass(2), Dense(2, 3)), Pass(1)) },
  ]

  @Test("Adjoint, gradient, norm and tiles are right", arguments: stages)
  func oracle(_ make: @Sendable () throws -> any AffineStage) throws {
    let oracle = StageOracle(try make())
    #expect(oracle.adjointError < 1e-14)
    #expect(oracle.gradientError < 1e-8)
    #expect(oracle.visits.isSubset(of: [1]))
    #expect(abs(oracle.normRatio - 1) < 1e-6)
    #expect(oracle.finishesOnce)
  }

  @Test("Fork, join and parallel put their parts where they say")
  func places() throws {
    let (a, b) = (try Dense(2, 3), try Dense(2, 3))
    let fork = StageOracle(try StagePair.fork(a, b))
    let pool = fork.pool
    let (first, second) = (Array(fork.theta[..<2]), Array(fork.theta[2...]))
    let image = fork.product(fork.theta, fork.x)
    #expect(image.columns(0..<3, on: pool) == a.applied(first, to: fork.x, on: pool))
    #expect(image.columns(3..<6, on: pool) == b.applied(second, to: fork.x, on: pool))
    let join = StageOracle(try StagePair.join(a, b))
    var sum = a.applied(first, to: join.x.columns(0..<2, on: pool), on: pool)
    sum.combine(1, 1, b.applied(second, to: join.x.columns(2..<4, on: pool), on: pool))
    #expect(distance(join.product(join.theta, join.x), sum) < 1e-14)
    #expect(fork.stage.offset(fork.theta)?.scalars == first[1].scalars + second[1].scalars)
  }

  @Test("Parameters are named after their stage where both have some")
  func names() throws {
    let both = try StagePair.fork(Dense(2, 3), Dense(2, 1))
    #expect(
      both.parameters.map(\.name) == ["first.weight", "first.bias", "second.weight", "second.bias"])
    #expect(try StagePair.join(Pass(3), Dense(2, 3)).parameters.map(\.name) == ["weight", "bias"])
  }

  @Test("Widths that do not fit are refused with both numbers")
  func widths() throws {
    #expect(throws: SolverError.self) { try StagePair.fork(Dense(2, 3), Dense(3, 3)) }
    #expect(throws: SolverError.self) { try StagePair.join(Dense(2, 3), Dense(2, 4)) }
  }

  @Test("The implicit step of a fork is that of each stage; a join's never climbs its model")
  func implicitSteps() throws {
    let fork = StageOracle(try StagePair.fork(Dense(3, 2), Dense(3, 2)), samples: 6)
    var (together, alone) = (fork.theta, Array(fork.theta[2...]))
    try fork.stage.implicitStep(
      &together, residual: fork.r, at: fork.x, scale: 0.5, tau: 2, relaxation: 1, on: fork.pool)
    try Dense(3, 2).implicitStep(
      &alone, residual: fork.r.columns(2..<4, on: fork.pool), at: fork.x, scale: 0.5, tau: 2,
      relaxation: 1, on: fork.pool)
    #expect(distance(together[2], alone[0]) < 1e-13 && distance(together[3], alone[1]) < 1e-13)

    let join = StageOracle(try StagePair.join(Dense(3, 2), Dense(2, 2)), samples: 6)
    var moved = join.theta
    try join.stage.implicitStep(
      &moved, residual: join.r, at: join.x, scale: 0.5, tau: 1e6, relaxation: 1, on: join.pool)
    let change = zip(moved, join.theta).map { pair in
      var difference = pair.0
      difference.combine(1, -1, pair.1)
      return difference
    }
    var image = join.product(change, join.x)
    if let b = join.stage.offset(change) {
      for i in 0..<6 { for j in 0..<2 { image[i, j] += b[j] } }
    }
    #expect(0.5 * (join.r.dot(image) + image.squaredNorm / 2) < -1e-3)
  }
}
