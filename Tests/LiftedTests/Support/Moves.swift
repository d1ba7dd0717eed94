@testable import Lifted

/// How a variable moves, as a test's argument.
enum Moves: CaseIterable, Sendable {
  case proximalGradient, mirror

  var solver: any VariableSolver {
    get throws { self == .mirror ? try MirrorStep() : ProximalGradient.once }
  }
}

/// How weights move, as a test's argument.
enum WeightMoves: Sendable, Equatable {
  case gradient
  case majorise(tau: Double, relaxation: Double)

  var solver: any ParameterSolver {
    get throws {
      switch self {
      case .gradient: ProximalGradient.once
      case .majorise(let tau, let relaxation): try Majorise(tau: tau, relaxation: relaxation)
      }
    }
  }
}
