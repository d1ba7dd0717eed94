import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct LayerDiagnosisTests {
  private let pool = WorkerPool(threads: 1)

  @Test("Penalties, gaps and activity are those of one naive mirror sweep")
  func naiveSweep() throws {
    let beta = 0.8
    let naive = try Naive([4, 7, 3], [.relu, .softmax])
    let (theta, batch) = (Parameters<Double>.random(naive.network), naive.batch(6))
    let found = try LayerDiagnosis.ofLayers(
      of: naive.network, at: theta, batch, beta: beta, on: pool)
    var (penalty, gap, headGap, active) = (0.0, 0.0, 0.0, 0)
    for i in 0..<6 {
      let x = naive.forward(theta, batch.inputs.row(i))
      let y = batch.targets.row(i)
      let z = naive.preactivation(1, theta, x[0])
      let w = theta.layers[1][0]
      let moved = ReLU().moved(
        z, by: (0..<7).map { j in (0..<3).reduce(0) { $0 + w[$1, j] * beta * (x[2][$1] - y[$1]) } })
      for j in 0..<7 {
        penalty += moved[j] * moved[j] / 2 + max(z[j], 0) * max(z[j], 0) / 2 - moved[j] * z[j]
        gap += (moved[j] - x[1][j]) * (moved[j] - x[1][j])
        active += x[1][j] != 0 ? 1 : 0
      }
      headGap += zip(x[2], y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    #expect(abs(found[0].penalty - penalty / 6) < 1e-12)
    #expect(abs(found[0].consistencyGap - (gap / 42).squareRoot()) < 1e-12)
    #expect(abs(found[0].activeFraction - Double(active) / 42) < 1e-12)
    #expect(abs(found[1].penalty - naive.loss(theta, batch)) < 1e-12)
    #expect(abs(found[1].consistencyGap - (headGap / 18).squareRoot()) < 1e-12)
  }
}

extension ReLU {
  fileprivate func moved(_ z: [Double], by u: [Double]) -> [Double] {
    zip(z, u).map { max($0 - $1, 0) }
  }
}
