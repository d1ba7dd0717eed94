import Proximal
import Tensors
import Testing

@testable import Lifted

/// Inversion of monotone residual networks, layer by layer and in the compact form.
@Suite struct ResidualInversionTests {
  private let pool = WorkerPool(threads: 1)

  @Test(
    "Layer by layer the input is found to rounding", arguments: [Formula.relu, .tanh], [3, 20])
  func layerwise(_ formula: Formula, _ depth: Int) throws {
    let blocks = try ResidualCase(depth: depth, formula)
    let found = blocks.residual.inverse(of: blocks.measured, on: pool)
    let size = blocks.measured.scalars.reduce(1) { max($0, abs($1)) }
    #expect(distance(found.u, blocks.truth) < 1e-12 * size)
    #expect(found.gradients.count == depth && found.gradients.allSatisfy { $0 < 1e-13 })
    let rough = blocks.residual.inverse(of: blocks.measured, maximumIterations: 3, on: pool)
    #expect(rough.gradients.allSatisfy { $0 > 1e-13 })
  }

  @Test("The chain of layers is the network")
  func layers() throws {
    let blocks = try ResidualCase(depth: 3, .tanh)
    let (network, theta) = try blocks.residual.layers()
    #expect(
      distance(network.output(of: blocks.truth, at: theta, on: pool), blocks.measured) < 1e-12)
    let w = blocks.residual.theta[0][0]
    let adjoint = try AdjointStage(of: blocks.residual.blocks[0].stage)
    let r: Tensor<Double> = normal([2, 6], lane: 7)
    let pulled = adjoint.applied(blocks.residual.theta[0], to: r, on: pool)
    for j in 0..<4 {
      let expected = (0..<6).reduce(0) { $0 + r[1, $1] * w[$1, j] }
      #expect(abs(pulled[1, j] - expected) < 1e-12)
    }
  }

  @Test("Gradients of the smooth part are those of finite differences")
  func gradients() throws {
    let blocks = try ResidualCase(depth: 2, .tanh, samples: 2)
    let inversion = try blocks.inversion(rho: 3)
    let u = (0..<3).map { normal([2, 4], lane: UInt64(40 + $0)) as Tensor<Double> }
    let z = (0..<2).map { normal([2, 6], lane: UInt64(50 + $0), scale: 0.3) as Tensor<Double> }
    let p = (0..<2).map { normal([2, 4], lane: UInt64(60 + $0)) as Tensor<Double> }
    let found = inversion.gradients(u, z, p, blocks.measured, on: pool)
    func value(_ u: [Tensor<Double>], _ z: [Tensor<Double>]) -> Double {
      // All but Phi(z).
      inversion.smoothAndPenalties(u, z, p, blocks.measured, on: pool)
        - z.reduce(0) { $0 + $1.scalars.reduce(0) { $0 + Formula.tanh.phi([$1]) } }
    }
    for k in 0..<3 {
      let error = largestSlopeError(of: found.u[k], at: u[k]) {
        var moved = u
        moved[k] = $0
        return value(moved, z)
      }
      #expect(error < 1e-6, "u_\(k)")
    }
    for k in 0..<2 {
      let error = largestSlopeError(of: found.z[k], at: z[k]) {
        var moved = z
        moved[k] = $0
        return value(u, moved)
      }
      #expect(error < 1e-6, "z_\(k + 1)")
    }
  }

  @Test("The compact form finds the input, with and without multipliers, certified or not")
  func recovery() throws {
    let blocks = try ResidualCase(depth: 4, .relu)
    let exact = blocks.residual.inverse(of: blocks.measured, on: pool).u
    for (rho, multipliers) in [(nil, nil), (1.0, nil), (1.0, 10)] as [(Double?, Int?)] {
      let inversion = try blocks.inversion(rho: rho, multipliers: multipliers)
      var state = try inversion.start(from: .zero, measured: blocks.measured, on: pool)
      let result = try inversion.run(&state, until: StopRule(maximumIterations: 3000), on: pool)
      #expect(distance(result.u, exact) < 1e-8, "rho \(rho ?? 0)")
      #expect(result.consistencyGaps.count == 8 && result.consistencyGaps.allSatisfy { $0 < 1e-6 })
    }
  }

  @Test("Convex: from different starts to the same regularised answer; multipliers make it exact")
  func convex() throws {
    let blocks = try ResidualCase(depth: 3, .tanh)
    let penalty = try InputPenalty(alpha: 0.3, L1Norm())
    func answer(_ start: InversionStart<Double>, _ multipliers: Int? = nil) throws -> (
      u: Tensor<Double>, gaps: [Double]
    ) {
      let inversion = try blocks.inversion(
        rho: multipliers == nil ? nil : 2, multipliers: multipliers, inputPenalty: penalty)
      var state = try inversion.start(from: start, measured: blocks.measured, on: pool)
      for _ in 0..<6000 { inversion.step(&state, on: pool); state.best.iterations += 1 }
      return (state.input, inversion.consistencyGaps(state, on: pool))
    }
    let zero = try answer(.zero)
    let far = try answer(.given(normal([3, 4], lane: 77, scale: 3)))
    #expect(distance(zero.u, far.u) < 1e-8)
    #expect(zero.gaps.max()! > 1e-4)
    let exact = try answer(.zero, 20)
    #expect(stride(from: 1, to: 6, by: 2).allSatisfy { exact.gaps[$0] < 1e-9 })
    #expect(distance(exact.u, zero.u) > 1e-6)
  }

  @Test("Rows do not depend on the batch nor bits on threads, and bad input is refused")
  func independence() throws {
    let blocks = try ResidualCase(depth: 3, .relu)
    let inversion = try blocks.inversion(rho: 2, multipliers: 7)
    func run(_ f: Tensor<Double>, threads: Int = 1) throws -> Tensor<Double> {
      let pool = WorkerPool(threads: threads)
      var state = try inversion.start(from: .zero, measured: f, on: pool)
      return try inversion.run(&state, until: StopRule(maximumIterations: 80), on: pool).u
    }
    let together = try run(blocks.measured)
    for i in 0..<3 {
      let alone = try run(blocks.measured.rows(i..<(i + 1)))
      #expect(distance(alone, together.rows(i..<(i + 1))) < 1e-10)
    }
    for threads in [2, 4] { #expect(try run(blocks.measured, threads: threads) == together) }
    #expect(throws: SolverError.self) { try blocks.inversion(rho: nil, lambda: 0.5) }
    #expect(throws: SolverError.self) { try blocks.inversion(rho: 1, multipliers: 0) }
    #expect(throws: SolverError.self) { try MonotoneResidualNetwork<Double>([], []) }
    let wide = try [dense(4, 6, ReLU()), dense(5, 6, ReLU())]
    let theta = wide.map { $0.stage.parameters.map { Tensor<Double>(shape: $0.shape) } }
    #expect(throws: SolverError.self) { try MonotoneResidualNetwork(wide, theta) }
    #expect(throws: SolverError.self) { try MonotoneResidualNetwork([wide[0]], [theta[1]]) }
  }
}
