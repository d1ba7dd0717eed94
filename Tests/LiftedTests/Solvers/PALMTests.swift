import Foundation
import Proximal
import Tensors
import Testing

@testable import Lifted

/// One proximal gradient step in each block never raises the energy: on every activation, under every
/// penalty, below every kind of head.
@Suite("PALM is monotone") struct PALMTests {
  /// A penalty with the step that PALM takes under it.
  enum Formulation: CaseIterable {
    case bregman, lifted, mac

    var penalty: any Penalty {
      switch self {
      case .bregman: BregmanPenalty()
      case .lifted: LiftedPenalty()
      case .mac: MACPenalty()
      }
    }

    /// `1/L`, or found by trial where there is no `L`.
    var solver: any BlockSolver {
      get throws { self == .mac ? try Backtracking() : ProximalGradient.once }
    }
  }

  /// All activations, for layers of six units.
  static let activations: [any Activation] = {
    do {
      return [
        Identity(), ReLU(), try LeakyReLU(slope: 0.2), try SoftThreshold(alpha: 0.3),
        try NonnegativeSoftThreshold(alpha: 0.3), try Clip(lower: -0.5, upper: 1.2), Tanh(),
        Sigmoid(), Softplus(), Arctan(), ISRU(), Softsign(), try ELU(alpha: 0.8),
        try SmoothReLU(kappa: 0.3), Asinh(), try GroupSoftThreshold(alpha: 0.4, groupSize: 3),
        try L2Ball(radius: 1.5), try L1Ball(radius: 1.5), Softmax(), Sparsemax(),
      ]
    } catch { return [] }
  }()

  private let pool = WorkerPool(threads: 1)

  @Test(
    "The energy never rises", arguments: activations.indices, Formulation.allCases)
  func monotone(_ index: Int, _ formulation: Formulation) throws {
    for head: any Activation in [Identity(), Softmax(), Sparsemax()] {
      let values = try path(Self.activations[index], head, formulation)
      let title = "\(Self.activations[index]), \(head)"
      for (round, (before, after)) in zip(values, values.dropFirst()).enumerated() {
        #expect(after <= before + 1e-12 * abs(before), "\(title), round \(round)")
      }
      #expect(values[0].isFinite && values[values.count - 1] < 0.95 * values[0], "\(title)")
    }
  }

  /// The energy at the start and after each round.
  private func path(
    _ activation: any Activation, _ head: any Activation, _ formulation: Formulation
  ) throws -> [Double] {
    let network = try Network {
      try dense(5, 6, activation)
      try dense(6, 6, activation)
      try dense(6, 3, head)
    }
    let targets: Tensor<Double> =
      head is Identity ? normal([12, 3], lane: 2) : oneHot(12, classes: 3)
    let start = try LiftedPoint(
      forward: normal([12, 5], lane: 1), output: targets, theta: .random(network, gain: 2),
      network: network, on: pool)
    let energy = try Energy(
      network, penalty: formulation.penalty, weights: [0.7, 1.3, 2],
      weightPenalty: WeightPenalty(decay: 1e-3))
    let descent = try BlockDescent(
      energy, free: .training, variableSolver: try formulation.solver,
      parameterSolver: try formulation.solver)
    var state = descent.start(at: start, on: pool)
    return try [energy.value(at: start, on: pool).total]
      + (0..<60).map { _ in
        try descent.round(&state, on: pool)
        return energy.value(at: state.point, on: pool).total
      }
  }

  @Test("No activation of the library is left out")
  func complete() throws {
    var declared: Set<String> = []
    for folder in ["PiecewiseLinear", "Smooth", "Coupled"] {
      for path in ArticleText.files(under: "Sources/Proximal/\(folder)", endingIn: ".swift") {
        declared.formUnion(
          try ArticleText.matches(
            #"public struct (\w+): [^{]*Activation"#, in: ArticleText.read(path)))
      }
    }
    #expect(declared.count >= 20)
    #expect(Set(Self.activations.map { "\(type(of: $0))" }) == declared)
  }
}
