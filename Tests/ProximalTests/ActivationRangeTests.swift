import Proximal
import Tensors
import Testing

@Suite struct ActivationRangeTests {
  private static let half = Double.pi / 2

  @Test("Ranges are those of the formulas")
  func ranges() throws {
    func expect(
      _ activation: some SeparableActivation, _ lower: Double, _ upper: Double, taken: (Bool, Bool)
    ) {
      let range = activation.range
      #expect(abs(range.lower - lower) < 1e-12 || range.lower == lower, "\(activation)")
      #expect(abs(range.upper - upper) < 1e-12 || range.upper == upper, "\(activation)")
      #expect(range.takesLower == taken.0 && range.takesUpper == taken.1, "\(activation) \(range)")
    }
    let whole = (-Double.infinity, Double.infinity)
    expect(Identity(), whole.0, whole.1, taken: (false, false))
    expect(ReLU(), 0, whole.1, taken: (true, false))
    expect(try LeakyReLU(slope: 0.2), whole.0, whole.1, taken: (false, false))
    expect(try SoftThreshold(alpha: 0.5), whole.0, whole.1, taken: (false, false))
    expect(try NonnegativeSoftThreshold(alpha: 0.5), 0, whole.1, taken: (true, false))
    expect(try Clip(lower: -1000, upper: 3), -1000, 3, taken: (true, true))
    expect(try Clip(lower: 2, upper: 2.001), 2, 2.001, taken: (true, true))
    expect(Tanh(), -1, 1, taken: (false, false))
    expect(Sigmoid(), 0, 1, taken: (false, false))
    expect(Softplus(), 0, whole.1, taken: (false, false))
    expect(Arctan(), -Self.half, Self.half, taken: (false, false))
    expect(ISRU(), -1, 1, taken: (false, false))
    expect(Softsign(), -1, 1, taken: (false, false))
    expect(try ELU(alpha: 0.8), -0.8, whole.1, taken: (false, false))
    expect(try SmoothReLU(kappa: 0.3), 0, whole.1, taken: (false, false))
    expect(Asinh(), whole.0, whole.1, taken: (false, false))
  }

  @Test("No activation leaves its range, and Psi is infinite beyond", arguments: ScalarEntry.all)
  func containment(entry: ScalarEntry) {
    let range = entry.activation.range
    for z in entry.points {
      let y: Double = entry.activation.activation(z)
      #expect(y >= range.lower && y <= range.upper)
    }
    for bound in [range.lower - 0.1, range.upper + 0.1] where bound.isFinite {
      #expect(!(entry.activation.value(of: bound) as Double).isFinite)
    }
    #expect(range.isWhole == entry.outside.isEmpty)
  }
}
