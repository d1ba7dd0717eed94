import Foundation
import Proximal
import Tensors
import Testing

@testable import Lifted

/// Every penalty with every activation, against difference quotients, brute force and one another.
@Suite struct PenaltyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let penalty: any Penalty
    let formula: Formula
    var testDescription: String { "\(type(of: penalty)) with \(formula)" }
  }

  static let penalties: [any Penalty] = [BregmanPenalty(), LiftedPenalty(), MACPenalty()]
  static let cases = penalties.flatMap { penalty in
    Formula.allCases.map { Case(penalty: penalty, formula: $0) }
  }
  private static let count = 5

  /// A pre-activation away from the kinks.
  private let z = [-1.3, 0.45, 0.9, -0.6, 2.1]

  /// A variable inside the domain that is not `sigma(z)`.
  private func variable(_ formula: Formula) -> [Double] {
    let z = [0.3, -0.7, 1.1, 0.5, -0.35]
    return formula.sigma(formula == .relu ? z.map { abs($0) } : z)
  }

  private func value(_ c: Case, _ y: [Double], _ z: [Double]) throws -> Double {
    c.penalty.value(y, z, try c.formula.activation, count: Self.count)
  }

  /// `G` by its formula.
  private func separate(_ c: Case, _ y: [Double]) -> Double {
    c.penalty is MACPenalty ? y.reduce(0) { $0 + $1 * $1 / 2 } : c.formula.phi(y)
  }

  @Test("The gradient in the pre-activation is that of finite differences", arguments: cases)
  func gradientInPreactivation(_ c: Case) throws {
    let y = variable(c.formula)
    var gradient = z
    // The result may overwrite the pre-activation, and then reads it.
    gradient.withUnsafeMutableBufferPointer { out in
      guard let out = out.baseAddress, let activation = try? c.formula.activation else { return }
      c.penalty.gradientInPreactivation(y, out, activation, into: out, count: Self.count)
    }
    for i in z.indices {
      let expected = try slope(at: z[i], of: z, i) { try value(c, y, $0) }
      #expect(abs(gradient[i] - expected) < 1e-8, "\(i)")
    }
  }

  @Test("The gradient of the smooth part is that of the penalty less G", arguments: cases)
  func gradientInVariable(_ c: Case) throws {
    let y = variable(c.formula)
    var gradient = z
    c.penalty.smoothGradientInVariable(
      y, z, try c.formula.activation, into: &gradient, count: Self.count)
    // On the simplex only differences of two numbers may move.
    let along = c.formula == .softmax ? 1 : 0
    for i in 0..<(Self.count - along) {
      func shifted(_ t: Double) throws -> Double {
        var moved = y
        moved[i] += t
        if along == 1 { moved[i + 1] -= t }
        return try value(c, moved, z) - separate(c, moved)
      }
      let expected = (try shifted(1e-5) - shifted(-1e-5)) / 2e-5
      let found = gradient[i] - (along == 1 ? gradient[i + 1] : 0)
      #expect(abs(found - expected) < 1e-7, "\(i)")
    }
  }

  @Test(
    "The prox beats every point of a grid, and its neighbours", arguments: cases, [0.2, 1.7])
  func prox(_ c: Case, _ step: Double) throws {
    guard c.formula != .softmax || c.penalty is MACPenalty else { return }
    let (v, weight) = ([-0.8, 0.3, 0.65, 1.4, -2.2], 0.6)
    var u = v
    c.penalty.prox(
      of: v, step: step, weight: weight, try c.formula.activation, nil, into: &u,
      count: Self.count)
    for i in v.indices {
      func objective(_ t: Double) -> Double {
        let value = (t - v[i]) * (t - v[i]) / 2 + step * weight * separate(c, [t])
        return value.isNaN || (c.formula == .relu && t < 0 && !(c.penalty is MACPenalty))
          ? .infinity : value
      }
      let least = objective(u[i])
      let grid = (-3000...3000).map { Double($0) / 1000 } + [u[i] - 1e-4, u[i] + 1e-4]
      #expect(grid.allSatisfy { objective($0) >= least - 1e-12 }, "\(i)")
    }
  }

  @Test("The minimiser in the variable is the activation", arguments: cases)
  func minimiser(_ c: Case) throws {
    var y = z
    c.penalty.minimiser(
      at: z, weight: 2, try c.formula.activation, nil, into: &y, count: Self.count)
    for (found, expected) in zip(y, c.formula.sigma(z)) { #expect(abs(found - expected) < 1e-12) }
    let least = try value(c, y, z)
    #expect(try value(c, variable(c.formula), z) > least + 1e-3)
  }

  @Test("Bregman and MAC vanish exactly on the graph; the lifted penalty is worth the envelope")
  func graph() throws {
    for formula in Formula.allCases {
      let (activation, y) = (try formula.activation, formula.sigma(z))
      func value(_ penalty: any Penalty) -> Double {
        penalty.value(y, z, activation, count: Self.count)
      }
      #expect(abs(value(BregmanPenalty())) < 1e-13)
      #expect(abs(value(MACPenalty())) < 1e-13)
      let envelope = activation.envelope(at: z, count: Self.count)
      #expect(abs(value(LiftedPenalty()) - envelope) < 1e-12)
      #expect(formula == .identity || abs(envelope) > 0.05, "\(formula): no bias to be seen")
    }
  }

  @Test("A regularised output minimises penalty and regulariser together")
  func regularisedMinimiser() throws {
    let l1 = try L1Penalty(alpha: 0.3)
    for c in Self.cases where c.formula == .tanh || c.formula == .relu {
      var y = z
      c.penalty.minimiser(at: z, weight: 0.8, try c.formula.activation, l1, into: &y, count: 5)
      for i in z.indices {
        func objective(_ t: Double) throws -> Double {
          0.8 * c.penalty.value([t], [z[i]], try c.formula.activation, count: 1) + 0.3 * abs(t)
        }
        let least = try objective(y[i])
        for k in -999...999 { #expect(try objective(Double(k) / 1000) >= least - 1e-12) }
      }
    }
  }

  @Test("MAC refuses an activation without derivative, in hidden layers only")
  func withoutDerivative() throws {
    let inside = try Network([dense(3, 4, Derivativeless()), dense(4, 2, Identity())])
    let error = try #require(throws: SolverError.self) {
      try Energy(inside, penalty: MACPenalty())
    }
    #expect(error.description.contains("Derivativeless"))
    let head = try Network([dense(3, 4, Tanh()), dense(4, 2, Derivativeless())])
    #expect(throws: Never.self) { try Energy(head, penalty: MACPenalty()) }
    #expect(throws: SolverError.self) { try Energy(head, loss: MACPenalty()) }
  }

  /// The central difference in the i-th number of `x`.
  private func slope(
    at value: Double, of x: [Double], _ i: Int, _ f: ([Double]) throws -> Double
  ) rethrows -> Double {
    var (upper, lower) = (x, x)
    upper[i] = value + 1e-5
    lower[i] = value - 1e-5
    return (try f(upper) - f(lower)) / 2e-5
  }
}
