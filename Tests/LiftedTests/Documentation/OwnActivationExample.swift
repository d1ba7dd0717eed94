import Lifted
import Proximal
import Tensors
import Testing

/// `Psi(y) = alpha max(y, 0)`: pulls positive numbers back by `alpha`, lets negative ones pass.
struct OneSidedThreshold: SeparableActivation {
  let alpha: Double

  func value<S: TensorScalar>(of y: S) -> S { S(alpha) * max(y, 0) }

  func prox<S: TensorScalar>(of v: S, step: S) -> S { v - max(0, min(v, step * S(alpha))) }
}

/// `sigma(z) = sign(z) log(1 + |z|)`, so `Psi(y) = exp |y| - 1 - |y| - y^2/2`.
struct SignedLogarithm: ActivationDefined {
  func activation<S: TensorScalar>(_ z: S) -> S {
    z < 0 ? -S.log(onePlus: -z) : S.log(onePlus: z)
  }

  func value<S: TensorScalar>(of y: S) -> S {
    let a = abs(y)
    return S.exp(a) - 1 - a - a * a / 2
  }
}

extension OneSidedThreshold: DifferentiableSeparableActivation {
  func derivative<S: TensorScalar>(at z: S) -> S { z <= 0 || z > S(alpha) ? 1 : 0 }
}

@Suite("The article on writing an activation")
struct OwnActivationExample {
  private static let activations: [any SeparableActivation] = [
    OneSidedThreshold(alpha: 0.5), SignedLogarithm(),
  ]
  private let grid = stride(from: -6.0, through: 6.0, by: 1e-4)

  @Test("The prox minimises and the activation is where the penalty vanishes", arguments: [0, 1])
  func againstBruteForce(index: Int) {
    let activation = Self.activations[index]
    for z in [-2.0, -0.3, 0.0, 0.2, 0.5, 1.7] {
      for step in [0.3, 1, 4.0] {
        let u = activation.prox(of: z, step: step)
        let best = grid.map { ($0 - z) * ($0 - z) / 2 + step * activation.value(of: $0) }.min() ?? 0
        #expect((u - z) * (u - z) / 2 + step * activation.value(of: u) <= best + 1e-12)
      }
      #expect(abs(activation.bregman(activation.activation(z), z)) < 1e-12)
      for y in [-1.0, 0.1, 2.5] {
        let distance = y - activation.activation(z)
        #expect(activation.bregman(y, z) >= distance * distance / 2 - 1e-12)
      }
    }
  }

  @Test("The derivative is that of the activation, away from the kinks")
  func derivative() {
    let activation = OneSidedThreshold(alpha: 0.5)
    for z in [-1.0, 0.2, 0.4, 0.9] {
      let slope = (activation.activation(z + 1e-6) - activation.activation(z - 1e-6)) / 2e-6
      #expect(abs(slope - activation.derivative(at: z)) < 1e-6)
    }
  }

  @Test("Networks take it, lifted ones without its derivative")
  func inNetworks() throws {
    let network = try Network {
      try dense(256, 64, SignedLogarithm())
      try dense(64, 6, Softmax())
    }

    #expect(throws: SolverError.self) {
      try StochasticTraining(
        network,
        method: OneSweep(
          signal: BackPropagation(), updates: [try GradientStep(stepSize: 0.1)], nudge: try Nudge(1)
        ),
        batchSize: 10, epochs: 1, seed: 1)
    }
    _ = try StochasticTraining(
      network,
      method: OneSweep(
        signal: CentredContrast(), updates: [try GradientStep(stepSize: 0.1)], nudge: try Nudge(1)),
      batchSize: 10, epochs: 1, seed: 1)
  }
}
