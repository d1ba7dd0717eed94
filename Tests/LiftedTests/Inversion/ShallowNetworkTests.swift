import Proximal
import RealModule
import Testing

@testable import Lifted

@Suite struct ShallowNetworkTests {
  /// 25 rectifiers that interpolate a function on a grid of width `h`.
  private func interpolant(of function: (Double) -> Double) throws -> ShallowNetwork {
    let (units, h) = (25, 0.06)
    let values = (0...units).map { function(Double($0) * h) }
    let slopes = (0..<units).map { (values[$0 + 1] - values[$0]) / h }
    let c = slopes.indices.map { $0 == 0 ? slopes[0] : slopes[$0] - slopes[$0 - 1] }
    return try ShallowNetwork(
      c: c, w: Array(repeating: 1, count: units), b: (0..<units).map { -Double($0) * h }, ReLU())
  }

  @Test("A network for u^3 + u is inverted, every sweep lowering the objective")
  func increasing() throws {
    let network = try interpolant { $0 * $0 * $0 + $0 }
    for u in stride(from: 0.05, through: 1.45, by: 0.2) {
      let found = try network.inverse(
        of: network.output(at: u), alpha: 1e-12, from: 0.5, tolerance: 1e-10, maximumSweeps: 4000)
      #expect(found.hasConverged && abs(found.u - u) < 1e-4, "\(u): \(found.u), \(found.sweeps)")
      #expect(abs(found.residual) < 1e-3)
      #expect(zip(found.objectives, found.objectives.dropFirst()).allSatisfy { $1 <= $0 + 1e-15 })
    }
  }

  @Test("Where slopes vanish it says that it has not converged")
  func flat() throws {
    let network = try interpolant { 1 - .exp(-2 * $0) }
    let found = try network.inverse(of: network.output(at: 1.4), alpha: 1e-8, maximumSweeps: 300)
    #expect(!found.hasConverged && abs(found.u - 1.4) > 0.05)
    #expect(zip(found.objectives, found.objectives.dropFirst()).allSatisfy { $1 <= $0 + 1e-15 })
  }

  @Test("alpha pulls the unknown to 0; the answer is stationary", arguments: [0.01, 0.5])
  func stationary(_ alpha: Double) throws {
    let network = try ShallowNetwork(
      c: [1, -0.4, 0.7], w: [0.8, -1.2, 0.5], b: [0.1, 0.3, -0.2], Tanh())
    let found = try network.inverse(of: 0.6, alpha: alpha, tolerance: 1e-12)
    #expect(found.hasConverged)
    var state = network.start(from: found.u)
    for _ in 0..<20_000 { network.sweep(&state, for: 0.6, alpha: alpha) }
    let least = network.objective(state, for: 0.6, alpha: alpha)
    for move in [-1e-3, 1e-3] {
      for place in 0..<4 {
        var moved = state
        if place == 3 { moved.u += move } else { moved.units[place] += move }
        #expect(network.objective(moved, for: 0.6, alpha: alpha) > least)
      }
    }
    let weaker = try network.inverse(of: 0.6, alpha: alpha / 10, tolerance: 1e-12)
    #expect(abs(weaker.u) > abs(found.u))
  }

  @Test("What makes no sense is refused")
  func refusals() throws {
    let network = try ShallowNetwork(c: [1], w: [1], b: [0], ReLU())
    #expect(throws: SolverError.self) { try ShallowNetwork(c: [], w: [], b: [], ReLU()) }
    #expect(throws: SolverError.self) { try ShallowNetwork(c: [1], w: [1, 2], b: [0], ReLU()) }
    #expect(throws: SolverError.self) { try ShallowNetwork(c: [1], w: [0], b: [0], ReLU()) }
    #expect(throws: SolverError.self) { try ShallowNetwork(c: [.nan], w: [1], b: [0], ReLU()) }
    #expect(throws: SolverError.self) { try network.inverse(of: 1, alpha: -1) }
    #expect(throws: SolverError.self) { try network.inverse(of: .nan, alpha: 1) }
    #expect(throws: SolverError.self) { try network.inverse(of: 1, alpha: 1, tolerance: 0) }
    #expect(throws: SolverError.self) { try network.inverse(of: 1, alpha: 1, maximumSweeps: 0) }
  }
}
