import RealModule
import Tensors
import Testing

@testable import Proximal

/// Special functions and the root finder against closed forms and series.
@Suite struct NumericsTests {
  @Test("The dilogarithm at points with closed forms")
  func dilogarithmClosedForms() {
    let (square, golden) = (Double.pi * .pi, (5.0.squareRoot() - 1) / 2)
    let half: Double = .log(2)
    let cases: [(Double, Double)] = [
      (1, square / 6), (0, 0), (-1, -square / 12), (0.5, square / 12 - half * half / 2),
      (golden, square / 10 - .log(golden) * .log(golden)),
      (golden * golden, square / 15 - .log(golden) * .log(golden)),
      (-golden, -square / 15 + .log(golden) * .log(golden) / 2),
      (-1 / golden, -square / 10 - .log(golden) * .log(golden)),
    ]
    for (x, expected) in cases { #expect(abs(dilogarithm(x) - expected) <= 2e-15, "\(x)") }
    #expect(dilogarithm(1.5).isNaN)
  }

  @Test("The dilogarithm against its power series and its duplication formula")
  func dilogarithmSeries() {
    for x in stride(from: -0.95, through: 0.95, by: 0.05) {
      let sum = stride(from: 900, through: 1, by: -1).reduce(0.0) {
        $0 + .pow(x, $1) / Double($1 * $1)
      }
      #expect(abs(dilogarithm(x) - sum) <= 2e-15, "\(x)")
      let doubled = 2 * (dilogarithm(x) + dilogarithm(-x))
      #expect(abs(doubled - dilogarithm(x * x)) <= 4e-15, "\(x)")
    }
    for x in [-1.5, -20, -1e6] {
      let l = Double.log(-x)
      let inverted = dilogarithm(x) + dilogarithm(1 / x) + .pi * .pi / 6 + l * l / 2
      #expect(abs(inverted) <= 1e-13, "\(x)")
    }
  }

  @Test("Differences that would cancel are accurate to the last places")
  func gaps() {
    for r in [1e-9, 1e-4, 0.05, 0.0999, 0.1001] {
      for r in [r, -r] {
        let series = r * r * (0.5 - r * (1.0 / 3 - r * (0.25 - r * (0.2 - r / 6))))
        let tolerance = 4e-15 + 0.3 * .pow(abs(r), 5)
        #expect(abs(logarithmGap(r) / series - 1) <= tolerance, "\(r)")
        let powers = r * r * (0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r / 720))))
        #expect(abs(exponentialGap(r) / powers - 1) <= 4e-15 + .pow(abs(r), 5) / 2000, "\(r)")
      }
    }
    #expect(abs(logarithmGap(0.0999999) - logarithmGap(0.1000001)) < 2e-8)
    #expect(relativeEntropy(0, 0.3, log: .log(0.3)) == 0.3)
    #expect(relativeEntropy(0.5, 0, log: -2000) == 0.5 * (.log(0.5) + 2000) - 0.5)
  }

  @Test("The root finder needs few evaluations and ends on the root")
  func rootFinder() {
    for b in [1e-12, 1e-3, 0.5, 1, 10, 1e6] {
      for v in [-1e8, -40, -1, -1e-9, 0, 1e-3, 0.9999, 1.0001, 77, 1e12] {
        var evaluations = 0
        let s = increasingRoot(from: v / (1 + b), slopes: b...(1 + b)) { s in
          evaluations += 1
          return v - (.tanh(s) + b * s)
        }
        let residual = v - (.tanh(s) + b * s)
        #expect(abs(residual) <= 4e-16 * (1 + abs(v)), "\(b) \(v)")
        #expect(evaluations <= 60, "\(b) \(v)")
      }
    }
  }
}
