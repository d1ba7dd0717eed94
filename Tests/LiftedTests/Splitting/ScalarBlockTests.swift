import Proximal
import Testing

@testable import Lifted

/// `argmin_u 1/2 (x - sigma(u))^2 + ratio/2 (u - t)^2` for one number.
@Suite struct ScalarBlockTests {
  private static func activations() throws -> [any PiecewiseLinear] {
    [
      Identity(), ReLU(), try LeakyReLU(slope: 0.2), try SoftThreshold(alpha: 0.4),
      try NonnegativeSoftThreshold(alpha: 0.3), Clip.hardTanh,
    ]
  }

  private func value(
    _ u: Double, _ activation: any PiecewiseLinear, _ x: Double, _ t: Double, _ ratio: Double
  ) -> Double {
    let miss = x - activation.activation(u)
    return miss * miss / 2 + ratio / 2 * (u - t) * (u - t)
  }

  @Test("Its pieces are the activation")
  func pieces() throws {
    for activation in try Self.activations() {
      for u in stride(from: -3.0, through: 3, by: 0.01) {
        let piece = activation.pieces.first { $0.lower <= u && u <= $0.upper }
        let line = try #require(piece)
        #expect(abs(line.slope * u + line.intercept - activation.activation(u)) < 1e-12)
      }
    }
  }

  @Test("No point of a fine grid on either side of the kinks is lower", arguments: [0.05, 0.7, 4])
  func grid(ratio: Double) throws {
    for activation in try Self.activations() {
      let pieces = LinearPieces<Double>(activation, ratio: ratio)
      for x in stride(from: -2.2, through: 2.2, by: 0.55) {
        for t in stride(from: -2.3, through: 2.3, by: 0.23) {
          let found = value(pieces.minimiser(x, t), activation, x, t, ratio)
          let least = stride(from: -8.0, through: 8, by: 2e-3).reduce(Double.infinity) {
            min($0, value($1, activation, x, t, ratio))
          }
          #expect(found <= least + 1e-12, "\(type(of: activation)), x = \(x), t = \(t)")
          #expect(found > least - 1e-3)
        }
      }
    }
  }

  @Test("For the rectifier it is the closed form of the paper")
  func rectifier() {
    for g in [0.1, 1, 5] {
      let pieces = LinearPieces<Double>(ReLU(), ratio: g)
      for v in stride(from: -2.05, through: 2, by: 0.1) {
        for b in stride(from: -2.03, through: 2, by: 0.1) {
          let threshold = v * (g - (g * (g + 1)).squareRoot())
          let expected: Double =
            if v + g * b < 0 {
              min(b, 0)
            } else if b >= 0 || threshold <= g * b {
              (v + g * b) / (1 + g)
            } else {
              b
            }
          #expect(abs(pieces.minimiser(v, b) - expected) < 1e-12, "v = \(v), b = \(b), g = \(g)")
        }
      }
    }
  }
}
