import Proximal
import Tensors
import Testing

@testable import Lifted

/// The one-sweep signals against the block solver's view: variables of the lifted energy moved one after
/// another, from the last layer to the first.
@Suite struct SweepEquivalenceTests {
  private static let beta = 0.7
  private let pool = WorkerPool(threads: 1)

  @Test(
    "The mirror sweep is one backward sweep of undamped mirror steps on the energy",
    arguments: Formula.separable, [Formula.softmax, .identity])
  func mirror(_ hidden: Formula, _ head: Formula) throws {
    let naive = try Naive([4, 6, 5, 3], [hidden, hidden, head])
    let (theta, batch) = (Parameters<Double>.random(naive.network), naive.batch(6))
    let energy = try Energy(naive.network, weights: [1, 1, Self.beta])
    var point = try LiftedPoint(
      forward: batch.inputs, output: batch.targets, theta: theta, network: naive.network, on: pool)
    let found = try MirrorSweep().weightGradient(
      of: naive.network, at: theta, batch, beta: Self.beta, on: pool)
    for l in [3, 2, 1] {
      if l < 3 {
        // The smooth gradient is lambda A^* R - z: the undamped step is p = -gradient.
        let gradient = energy.smoothGradient(inVariable: l, at: point, on: pool)
        for i in 0..<6 {
          for (j, x) in hidden.sigma(gradient.row(i).map { -$0 }).enumerated() {
            point.x[l][i, j] = x
          }
        }
      }
      let expected = energy.gradient(inParametersOf: l, at: point, on: pool)
      for slot in 0...1 {
        let scaled = expected[slot].scaled(by: 1 / Self.beta)
        #expect(distance(found.layers[l - 1][slot], scaled) < 1e-11, "layer \(l)")
      }
    }
  }

  @Test(
    "The centred contrast is the difference of the two nudged states", arguments: Formula.separable)
  func centred(_ hidden: Formula) throws {
    let naive = try Naive([4, 6, 5, 3], [hidden, hidden, .softmax])
    let (theta, batch) = (Parameters<Double>.random(naive.network), naive.batch(6))
    let found = try CentredContrast().weightGradient(
      of: naive.network, at: theta, batch, beta: Self.beta, on: pool)
    for l in 0..<3 {
      var expected = Tensor<Double>(shape: theta.layers[l][0].shape)
      for i in 0..<6 {
        let x = naive.forward(theta, batch.inputs.row(i))
        let residual = residuals(naive, theta, x, batch.targets.row(i))[l]
        for (unit, r) in residual.enumerated() {
          for (j, value) in x[l].enumerated() { expected[unit, j] += r * value / (6 * Self.beta) }
        }
      }
      #expect(distance(found.layers[l][0], expected) < 1e-11, "layer \(l + 1)")
    }
  }

  /// `r_1, r_2, r_3` of one sample.
  private func residuals(
    _ naive: Naive, _ theta: Parameters<Double>, _ x: [[Double]], _ y: [Double]
  ) -> [[Double]] {
    var r = [zip(x[3], y).map { Self.beta * ($0 - $1) }]
    for l in [2, 1] {
      let w = theta.layers[l][0]
      let u = (0..<w.columns).map { j in (0..<w.rows).reduce(0) { $0 + w[$1, j] * r[0][$1] } }
      let z = naive.preactivation(l, theta, x[l - 1])
      let up = naive.formulas[l - 1].sigma(zip(z, u).map { $0 + $1 / 2 })
      let down = naive.formulas[l - 1].sigma(zip(z, u).map { $0 - $1 / 2 })
      r.insert(zip(up, down).map { $0 - $1 }, at: 0)
    }
    return r
  }
}
