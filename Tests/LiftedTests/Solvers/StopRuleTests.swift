import Foundation
import Testing

@testable import Lifted

@Suite struct StopRuleTests {
  /// Feeds values, one a second at ten gradient evaluations, until the rule stops; the reason and how many were taken.
  private func stop(_ rule: StopRule, _ values: [Double]) -> (StopReason?, Int) {
    var watch = StopWatch()
    for (index, value) in values.enumerated() {
      if let reason = watch.observe(
        value, seconds: Double(index + 1), gradientEvaluations: 10 * (index + 1), by: rule)
      {
        return (reason, index + 1)
      }
    }
    return (nil, values.count)
  }

  /// 1, 1/2, 1/3, …
  private let falling = (1...100).map { 1 / Double($0) }

  @Test("The number of iterations stops")
  func iterations() throws {
    #expect(stop(try StopRule(maximumIterations: 7), falling) == (.maximumIterations, 7))
  }

  @Test("A small relative change stops")
  func tolerance() throws {
    // 1/n - 1/(n+1) < t / (n+1) when n > 1/t.
    let rule = try StopRule(maximumIterations: 1000, tolerance: 0.1)
    #expect(stop(rule, falling) == (.tolerance, 12))
    #expect(stop(try StopRule(maximumIterations: 1000), falling) == (nil, 100))
  }

  @Test("A value that stays at zero stops by tolerance")
  func toleranceAtZero() throws {
    let rule = try StopRule(maximumIterations: 1000, tolerance: 1e-3)
    #expect(stop(rule, [1, 0, 0, 0]) == (.tolerance, 3))
  }

  @Test("Patience stops after that many iterations without a new lowest value")
  func patience() throws {
    let rule = try StopRule(maximumIterations: 1000, patience: 3)
    #expect(stop(rule, [5, 4, 6, 4, 7, 1]) == (.patience, 5))
    #expect(stop(rule, [5, 4, 6, 7, 3, 8, 8, 8]) == (.patience, 8))
    #expect(stop(rule, falling) == (nil, 100))
  }

  @Test("A forward loss that has grown too far stops, and only that")
  func forwardLoss() throws {
    func stop(_ growth: Double?, _ losses: [Double]) throws -> (StopReason?, Int) {
      let rule = try StopRule(maximumIterations: 1000, forwardLossGrowth: growth)
      var watch = StopWatch()
      for (index, loss) in losses.enumerated() {
        // The value itself keeps falling.
        if let reason = watch.observe(
          -Double(index), seconds: 0, gradientEvaluations: 0, forwardLoss: loss, by: rule)
        {
          return (reason, index + 1)
        }
      }
      return (nil, losses.count)
    }
    #expect(try stop(1.5, [8, 4, 5, 6, 6.1, 9]) == (.forwardLossGrowth, 5))
    #expect(try stop(1.6, [8, 4, 5, 6, 6.1, 9]) == (.forwardLossGrowth, 6))
    #expect(try stop(nil, [8, 4, 5, 6, 6.1, 9]) == (nil, 6))
    #expect(try stop(1.5, [4, .nan, 5]) == (nil, 3))
    for bad in [1, 0, -2, .nan, .infinity] {
      #expect(throws: SolverError.self) {
        try StopRule(maximumIterations: 1, forwardLossGrowth: bad)
      }
    }
  }

  @Test("Time stops")
  func time() throws {
    let rule = try StopRule(maximumIterations: 1000, maximumSeconds: 4.5)
    #expect(stop(rule, falling) == (.maximumSeconds, 5))
  }

  @Test("Gradient evaluations stop")
  func gradientEvaluations() throws {
    for (limit, values) in [(1, 1), (30, 3), (31, 4)] {
      let rule = try StopRule(maximumIterations: 1000, maximumGradientEvaluations: limit)
      #expect(stop(rule, falling) == (.maximumGradientEvaluations, values))
    }
  }

  @Test("A value that is not finite stops at once", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(_ value: Double) throws {
    let rule = try StopRule(maximumIterations: 1000, tolerance: 0.1, patience: 2)
    #expect(stop(rule, [3, 2, value, 1]) == (.notFinite, 3))
    #expect(stop(rule, [value]) == (.notFinite, 1))
  }

  @Test("The watch knows the lowest value and when it was reached")
  func best() throws {
    let rule = try StopRule(maximumIterations: 1000)
    var watch = StopWatch()
    var isBest: [Bool] = []
    for value in [3.0, 2, 4, 1, 1] {
      _ = watch.observe(value, seconds: 0, gradientEvaluations: 0, by: rule)
      isBest.append(watch.isBest)
    }
    #expect(watch.best == 1 && watch.bestIteration == 4 && watch.iterations == 5)
    #expect(isBest == [true, true, false, true, false])
  }

  @Test("A watch restored from its encoding goes on as the original")
  func codable() throws {
    let rule = try StopRule(maximumIterations: 1000, patience: 3)
    for count in 0...3 {
      var watch = StopWatch()
      for value in [5.0, 4, 6].prefix(count) {
        _ = watch.observe(value, seconds: 0, gradientEvaluations: 0, by: rule)
      }
      let data = try JSONEncoder().encode(watch)
      #expect(try JSONDecoder().decode(StopWatch.self, from: data) == watch)
    }
  }

  @Test("Every reason has a sentence")
  func sentences() {
    #expect(Set(StopReason.allCases.map(\.description)).count == StopReason.allCases.count)
  }

  @Test("Numbers out of range are refused")
  func invalid() {
    #expect(throws: SolverError.self) { try StopRule(maximumIterations: 0) }
    #expect(throws: SolverError.self) { try StopRule(maximumIterations: 1, patience: 0) }
    #expect(throws: SolverError.self) {
      try StopRule(maximumIterations: 1, maximumGradientEvaluations: 0)
    }
    for bad in notPositive {
      #expect(throws: SolverError.self) {
        try StopRule(maximumIterations: 1, maximumSeconds: bad)
      }
      if bad != 0 {
        #expect(throws: SolverError.self) { try StopRule(maximumIterations: 1, tolerance: bad) }
      }
    }
  }
}
