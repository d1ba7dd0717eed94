import Proximal
import Tensors
import Testing

/// Derivatives, needed by back-propagation alone, against differences of the activation.
@Suite struct DerivativeTests {
  static let activations =
    (ScalarEntry.all.map(\.activation) as [any Activation]
    + CoupledEntry.all.map(\.activation)).compactMap { $0 as? any DifferentiableActivation }

  @Test("Every activation has a derivative")
  func complete() {
    #expect(Self.activations.count == ScalarEntry.all.count + CoupledEntry.all.count)
  }

  @Test("The pull-back is the transposed Jacobian", arguments: Self.activations)
  func pullBack(activation a: any DifferentiableActivation) {
    var rows = Rows(11)
    let h = 1e-6
    for _ in 0..<20 {
      let (z, u): ([Double], [Double]) = (rows.normal(6), rows.normal(6))
      var pulled = u
      a.pullBack(&pulled, at: z, count: 6)
      var short = u.map { Float($0) }
      a.pullBack(&short, at: z.map { Float($0) }, count: 6)
      for i in z.indices {
        var (up, down) = (z, z)
        up[i] += h
        down[i] -= h
        let column = minus(a.activate(up), a.activate(down)).map { $0 / (2 * h) }
        #expect(abs(dot(column, u) - pulled[i]) <= 1e-7)
        #expect(abs(Double(short[i]) - pulled[i]) <= 1e-5 * (1 + abs(pulled[i])))
      }
    }
  }

  @Test("At a kink the derivative is that from the left", arguments: ScalarEntry.all)
  func kinks(entry: ScalarEntry) throws {
    let a = try #require(entry.activation as? any DifferentiableSeparableActivation)
    for kink in entry.kinks {
      let left = (a.activation(kink) - a.activation(kink - 1e-6)) / 1e-6
      #expect(abs(a.derivative(at: kink) - left) <= 1e-6, "\(kink)")
      var u = [1.0]
      a.pullBack(&u, at: [kink], count: 1)
      #expect(abs(u[0] - left) <= 1e-6, "\(kink)")
    }
  }
}
