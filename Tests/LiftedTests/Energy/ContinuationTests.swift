import Testing

@testable import Lifted

/// The growth of the penalty weights, against its formulas.
struct ContinuationTests {
  private let weights = [1.0, 2, 8, 0.5]
  private let penalties = [0.3, 0, 1.6, 4]

  @Test("Constant weights stay, whatever the penalties")
  func constant() {
    #expect(Continuation.constant.next(weights: weights, penalties: penalties) == weights)
  }

  @Test("Geometric growth multiplies hidden weights up to the cap and leaves the loss alone")
  func geometric() throws {
    let rule = try Continuation(.geometric(factor: 3), cap: 5)
    #expect(rule.next(weights: weights, penalties: penalties) == [3, 5, 8, 0.5])
  }

  @Test("Growth after increases waits for as many as are asked for")
  func afterIncreases() throws {
    let rule = try Continuation(.afterIncreases(factor: 10, count: 3), cap: 15)
    for increases in 0...2 {
      let next = rule.next(weights: weights, penalties: penalties, increases: increases)
      #expect(next == weights)
    }
    let next = rule.next(weights: weights, penalties: penalties, increases: 3)
    #expect(next == [10, 15, 15, 0.5])
  }

  @Test("Dual ascent adds eta times the unweighted penalty")
  func dualAscent() throws {
    let rule = try Continuation(.dualAscent(eta: 2))
    #expect(rule.next(weights: weights, penalties: penalties) == [1.6, 2, 8.4, 0.5])
  }

  @Test("An infinite penalty leads to a finite weight")
  func infinitePenalty() throws {
    let rule = try Continuation(.dualAscent(eta: 1))
    let next = rule.next(weights: [1, 1], penalties: [.infinity, 0])
    #expect(next[0] == .greatestFiniteMagnitude && next[1] == 1)
  }

  @Test("Numbers out of range are refused")
  func outOfRange() {
    #expect(throws: SolverError.self) { try Continuation(.geometric(factor: 0.9)) }
    #expect(throws: SolverError.self) { try Continuation(.dualAscent(eta: 0)) }
    #expect(throws: SolverError.self) { try Continuation(.afterIncreases(factor: 0, count: 1)) }
    #expect(throws: SolverError.self) { try Continuation(.afterIncreases(factor: 2, count: 0)) }
    #expect(throws: SolverError.self) { try Continuation(.constant, cap: -1) }
  }
}
