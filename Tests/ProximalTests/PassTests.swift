import Proximal
import Tensors
import Testing

/// The fused passes of the training step against the same thing said with `activate`.
@Suite struct PassTests {
  static let activations =
    ScalarEntry.all.map(\.activation) as [any Activation]
    + CoupledEntry.all.map(\.activation)

  @Test("Passes equal their definition, whatever the length", arguments: Self.activations)
  func passes(activation a: any Activation) {
    func check<S: TensorScalar>(_: S.Type) {
      var rows = Rows(9)
      for count in [3, 6, 1023, 1026, 2499] {
        let (z, u): ([S], [S]) = (rows.normal(count), rows.normal(count, scale: 0.1))
        let bias: [S] = rows.normal(count)
        var sum = z
        let x = written(count) { x in
          sum.withUnsafeMutableBufferPointer {
            a.activate($0.baseAddress!, adding: bias, into: x, count: count)
          }
        }
        #expect(sum == zip(z, bias).map { $0 + $1 })
        #expect(isClose(x, a.activate(sum), 4 * .ulpOfOne))
        var centred = u
        a.centredDifference(at: z, along: &centred, count: count)
        let (up, down) = (zip(z, u).map { $0 + $1 / 2 }, zip(z, u).map { $0 - $1 / 2 })
        #expect(isClose(centred, minus(a.activate(up), a.activate(down)), 16 * .ulpOfOne))
        var mirror = u
        a.mirrorResidual(at: z, along: &mirror, count: count)
        #expect(isClose(mirror, minus(a.activate(z), a.activate(minus(z, u))), 16 * .ulpOfOne))
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("Every function may write over its input", arguments: Self.activations)
  func inPlace(activation a: any Activation) {
    var rows = Rows(10)
    let z: [Double] = rows.normal(1200)
    func overwriting(_ body: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
      var copy = z
      copy.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
      return copy
    }
    #expect(overwriting { a.activate($0, into: $0, count: 1200) } == a.activate(z))
    #expect(
      overwriting { a.prox(of: $0, step: 3, into: $0, count: 1200) } == a.prox(of: z, step: 3))
    #expect(
      overwriting { a.proxPhi(of: $0, step: 3, into: $0, count: 1200) } == a.proxPhi(of: z, step: 3)
    )
    let l1 = try? L1Penalty(alpha: 0.5)
    if let l1, a.coupling == .separable {
      #expect(
        overwriting { l1.prox(of: $0, step: 1, weight: 2, a, into: $0, count: 1200) }
          == written(1200) { l1.prox(of: z, step: 1, weight: 2, a, into: $0, count: 1200) })
    }
  }

  @Test("Empty rows are harmless", arguments: Self.activations)
  func emptyRows(activation a: any Activation) {
    let none: [Double] = []
    #expect(a.activate(none).isEmpty && a.proxPhi(of: none, step: 1).isEmpty)
  }
}
