import Proximal
import Tensors

@testable import Lifted

/// A dense network evaluated one number at a time, with the activations' textbook formulas.
struct Naive: Sendable {
  let formulas: [Formula]
  let network: Network

  /// A chain of dense layers of the given widths.
  init(_ widths: [Int], _ formulas: [Formula]) throws {
    self.formulas = formulas
    network = try Network(
      try formulas.enumerated().map { try dense(widths[$0], widths[$0 + 1], $1.activation) })
  }

  /// `W x + b` of layer `l` for one sample.
  func preactivation(_ l: Int, _ theta: Parameters<Double>, _ x: [Double]) -> [Double] {
    let (w, b) = (theta.layers[l - 1][0], theta.layers[l - 1][1])
    return (0..<w.rows).map { unit in
      x.indices.reduce(b[unit]) { $0 + w[unit, $1] * x[$1] }
    }
  }

  /// `x_0, …, x_L` of one sample by the forward pass.
  func forward(_ theta: Parameters<Double>, _ input: [Double]) -> [[Double]] {
    formulas.indices.reduce(into: [input]) { x, l in
      x.append(formulas[l].sigma(preactivation(l + 1, theta, x[l])))
    }
  }

  /// The mean over samples of the head's Bregman penalty at the forward pass: the nested loss.
  func loss(_ theta: Parameters<Double>, _ batch: Batch<Double>) -> Double {
    let rows = batch.inputs.rows
    return (0..<rows).reduce(0) { sum, i in
      let x = forward(theta, batch.inputs.row(i))
      let head = formulas[formulas.count - 1]
      let (y, z) = (batch.targets.row(i), preactivation(formulas.count, theta, x[x.count - 2]))
      return sum + head.phi(y) + head.conjugate(z) - product(y, z)
    } / Double(rows)
  }

  /// `sum_i sum_l lambda_l (Phi_l^*(z_l) - <x_l, z_l>)`, the smooth part of `s E` but for `J`.
  func smoothEnergy(_ point: LiftedPoint<Double>, weights: [Double]) -> Double {
    sum(point) { l, x, z in weights[l - 1] * (formulas[l - 1].conjugate(z) - product(x, z)) }
  }

  /// `sum_i lambda_l (Phi_l(x_l) + Phi_l^*(z_l) - <x_l, z_l>)` for each layer.
  func penalties(_ point: LiftedPoint<Double>, weights: [Double]) -> [Double] {
    (1...formulas.count).map { layer in
      sum(point) { l, x, z in
        guard l == layer else { return 0 }
        let formula = formulas[l - 1]
        return weights[l - 1] * (formula.phi(x) + formula.conjugate(z) - product(x, z))
      }
    }
  }

  private func sum(
    _ point: LiftedPoint<Double>, _ term: (Int, [Double], [Double]) -> Double
  ) -> Double {
    var total = 0.0
    for i in 0..<point.x[0].rows {
      for l in 1...formulas.count {
        total += term(l, point.x[l].row(i), preactivation(l, point.theta, point.x[l - 1].row(i)))
      }
    }
    return total
  }
}

private func product(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

extension Tensor {
  /// Row `index` of a matrix.
  func row(_ index: Int) -> [Scalar] { rows(index..<(index + 1)).scalars }
}

extension Naive {
  /// A random batch that the head can represent: one-hot for softmax, inside the range otherwise.
  func batch(_ samples: Int) -> Batch<Double> {
    let head = formulas[formulas.count - 1]
    let targets: Tensor<Double> =
      head == .softmax
      ? oneHot(samples, classes: network.outputs)
      : output(samples, head)
    return Batch(inputs: normal([samples, network.inputs], lane: 1), targets: targets)
  }

  private func output(_ samples: Int, _ formula: Formula) -> Tensor<Double> {
    var y: Tensor<Double> = normal([samples, network.outputs], lane: 2)
    for i in 0..<samples {
      for (j, value) in formula.sigma(y.row(i)).enumerated() { y[i, j] = value }
    }
    return y
  }

  /// A point inside the domain, away from the forward pass.
  func point(_ samples: Int) throws -> LiftedPoint<Double> {
    let theta = Parameters<Double>.random(network)
    var x: [Tensor<Double>] = [normal([samples, network.inputs], lane: 1)]
    for (l, formula) in formulas.enumerated() {
      var rows: Tensor<Double> = normal([samples, network.widths[l + 1]], lane: UInt64(10 + l))
      for i in 0..<samples {
        for (j, value) in formula.sigma(rows.row(i)).enumerated() { rows[i, j] = value }
      }
      x.append(rows)
    }
    return try LiftedPoint(theta: theta, x: x, network: network)
  }
}
