import Proximal
import Tensors
import Testing

@testable import Lifted

/// Each block of the split energies is its minimiser, and no block of any formulation climbs.
@Suite struct SplitBlockTests {
  private let pool = WorkerPool(threads: 1)
  private static let depth = SplitCase.widths.count - 1

  /// An energy with the quadratic link for kinked networks, with the Bregman link for others.
  private func energies() throws -> [(SplitEnergy, SplitPoint<Double>)] {
    try SplitCase.all().compactMap { c in
      switch c.splitting {
      case let split as ThreeSplitting where split.alpha == 0:
        (SplitEnergy(task: c.task, link: QuadraticLink(gamma: split.gamma)), c.point())
      case let split as BregmanADMM:
        (
          SplitEnergy(task: c.task, link: BregmanLink(lambda: split.lambda, steps: 200)), c.point()
        )
      case is TaylorADMM:
        (SplitEnergy(task: c.task, link: QuadraticLink(gamma: 0.7)), c.point())
      default: nil
      }
    }
  }

  /// Moves of a block towards random places of a domain, far and near, do not lower the value.
  private func isMinimal(
    _ block: WritableKeyPath<SplitPoint<Double>, Tensor<Double>>, at point: SplitPoint<Double>,
    inRangeOf activation: any Activation = Identity(), _ value: (SplitPoint<Double>) -> Double
  ) -> Bool {
    let (least, shape) = (value(point), point[keyPath: block].shape)
    for (index, fraction) in [1, 0.1, 1e-2, 1e-3].enumerated() {
      for lane in 0..<30 {
        let place: Tensor<Double> = normal(shape, lane: UInt64(1000 + 30 * index + lane), scale: 2)
        var moved = point
        moved[keyPath: block].combine(
          1 - fraction, fraction, place.activated(by: activation, on: pool))
        if value(moved) < least - 1e-13 { return false }
      }
    }
    return least.isFinite
  }

  @Test("No random move lowers the energy from where the block of a pre-activation was put")
  func preactivations() throws {
    for (energy, start) in try energies() {
      for l in 1...Self.depth {
        var point = start
        energy.updatePreactivation(l, &point, on: pool)
        #expect(isMinimal(\.z[l], at: point) { energy.value(at: $0, on: pool) }, "layer \(l)")
        #expect(!isMinimal(\.z[l], at: start) { energy.value(at: $0, on: pool) })
      }
    }
  }

  @Test("No random move lowers the energy from where the block of a variable was put")
  func variables() throws {
    for (energy, start) in try energies() {
      for l in 1..<Self.depth {
        var point = start
        try energy.updateVariable(l, &point, on: pool)
        let activation = energy.layer(l).activation
        let isLeast = isMinimal(\.x[l], at: point, inRangeOf: activation) {
          energy.value(at: $0, on: pool)
        }
        #expect(isLeast, "layer \(l)")
        #expect(energy.value(at: point, on: pool) < energy.value(at: start, on: pool) - 1e-3)
      }
    }
  }

  @Test("No random move lowers energy and anchor from where the block of weights was put")
  func weights() throws {
    let tau = 2.5
    for (energy, start) in try energies() {
      for l in 1...Self.depth {
        var point = start
        try energy.updateWeights(l, tau: tau, &point, on: pool)
        let anchored = { (point: SplitPoint<Double>) in
          let layers = (point.theta.layers[l - 1], start.theta.layers[l - 1])
          return energy.value(at: point, on: pool)
            + zip(layers.0, layers.1).reduce(0) { sum, pair in
              var difference = pair.0
              difference.combine(1, -1, pair.1)
              return sum + difference.squaredNorm / (2 * tau)
            }
        }
        for parameter in 0..<2 {
          #expect(isMinimal(\.theta.layers[l - 1][parameter], at: point, anchored), "layer \(l)")
        }
        #expect(!isMinimal(\.theta.layers[l - 1][0], at: start, anchored))
      }
    }
  }

  @Test("No random move lowers energy and anchor from where anchored blocks were put")
  func anchors() throws {
    let c = try #require(
      try SplitCase.all().first { ($0.splitting as? ThreeSplitting)?.alpha ?? 0 > 0 })
    let split = try #require(c.splitting as? ThreeSplitting)
    let (energy, start) = (split.energy(c.task), c.point())
    for l in 1...Self.depth {
      var (moved, free) = (start, start)
      energy.updatePreactivation(l, &moved, on: pool)
      let z = start.z[l]
      #expect(isMinimal(\.z[l], at: moved) { anchored($0, energy, from: z, $0.z[l], split.alpha) })
      SplitEnergy(task: c.task, link: QuadraticLink(gamma: split.gamma))
        .updatePreactivation(l, &free, on: pool)
      #expect(distance(moved.z[l], z) < distance(free.z[l], z))
      guard l < Self.depth else { continue }
      moved = start
      try energy.updateVariable(l, &moved, on: pool)
      let x = start.x[l]
      #expect(isMinimal(\.x[l], at: moved) { anchored($0, energy, from: x, $0.x[l], split.alpha) })
    }
  }

  /// The energy and `alpha/(2 s) ||to - from||^2`.
  private func anchored(
    _ point: SplitPoint<Double>, _ energy: SplitEnergy, from: Tensor<Double>,
    _ to: Tensor<Double>, _ alpha: Double
  ) -> Double {
    var move = to
    move.combine(1, -1, from)
    return energy.value(at: point, on: pool) + alpha / 2 * move.meanSquare
  }

  @Test("Gradient steps of variables and weights lower the energy of dlADMM")
  func gradientSteps() throws {
    let c = try #require(try SplitCase.all().first { $0.splitting is DeepADMM })
    let energy = SplitEnergy(task: c.task, link: QuadraticLink(gamma: c.rho))
    for l in 1...Self.depth {
      var point = c.point()
      var last = energy.value(at: point, on: pool)
      for _ in 0..<4 {
        if l < Self.depth {
          energy.stepVariable(l, &point, on: pool)
          #expect(energy.value(at: point, on: pool) < last)
          last = energy.value(at: point, on: pool)
        }
        energy.stepWeights(l, &point, on: pool)
        #expect(energy.value(at: point, on: pool) < last)
        last = energy.value(at: point, on: pool)
      }
    }
  }

  @Test("Many gradient steps of dlADMM reach the least squares solution")
  func gradientStepsConverge() throws {
    let c = try #require(try SplitCase.all().first { $0.splitting is DeepADMM })
    let energy = SplitEnergy(task: c.task, link: QuadraticLink(gamma: c.rho))
    var (steps, exact) = (c.point(), c.point())
    try energy.updateVariable(2, &exact, on: pool)
    for _ in 0..<300 { energy.stepVariable(2, &steps, on: pool) }
    #expect(distance(steps.x[2], exact.x[2]) < 1e-9)
  }

  @Test("Decay joins the block of weights, and no block climbs with it")
  func decay() throws {
    let penalty = try WeightPenalty(decay: 0.05)
    for (energy, start) in try energies() {
      let task = SplitTask(energy.task.network, rho: energy.task.rho, weightPenalty: penalty)
      let decaying = SplitEnergy(task: task, link: energy.link)
      var (plain, shrunk) = (start, start)
      try energy.updateWeights(1, tau: 3, &plain, on: pool)
      try decaying.updateWeights(1, tau: 3, &shrunk, on: pool)
      #expect(shrunk.theta.layers[0][0].squaredNorm < plain.theta.layers[0][0].squaredNorm)
      #expect(decaying.value(at: shrunk, on: pool) < decaying.value(at: start, on: pool))
    }
  }

  @Test("Conjugate gradients for a general stage find what Cholesky finds for a dense one")
  func conjugateGradients() throws {
    let dense = try Dense(6, 4)
    let theta: [Tensor<Double>] = [normal([4, 6], lane: 1), normal([4], lane: 2)]
    let (target, pull): (Tensor<Double>, Tensor<Double>) = (
      normal([11, 4], lane: 3), normal([11, 6], lane: 4)
    )
    func minimum(_ stage: any AffineStage) throws -> Tensor<Double> {
      let term = AffineTerm(stage: stage, theta: theta, target: target, rho: 3)
      var x: Tensor<Double> = normal([11, 6], lane: 5)
      try term.minimise(&x, pulledTo: pull, weight: 0.2, on: pool)
      return x
    }
    #expect(distance(try minimum(dense), try minimum(Veiled(dense: dense))) < 1e-10)
  }

  @Test("Three-splitting descends at every sweep", arguments: [0.1, 1, 10])
  func threeSplittingDescends(rho: Double) throws {
    for c in try SplitCase.all() where c.splitting is ThreeSplitting {
      let task = SplitTask(c.network, rho: rho, weightPenalty: try WeightPenalty(decay: 1e-3))
      var point = c.point()
      var last = c.splitting.value(at: point, task, on: pool)
      let first = last
      for _ in 0..<60 {
        try c.splitting.sweep(&point, task, on: pool)
        let value = c.splitting.value(at: point, task, on: pool)
        #expect(value <= last + 1e-12)
        last = value
      }
      #expect(last < 0.5 * first)
    }
  }

  @Test("A sweep ends in the multiplier step p <- p + rho (constraint)")
  func multipliers() throws {
    for c in try SplitCase.all() where c.splitting.variables.hasPreactivations {
      var point = c.point()
      let before = point.p
      try c.splitting.sweep(&point, c.task, on: pool)
      for l in c.splitting.variables.multiplierLayers(depth: Self.depth) {
        var miss = c.network.layers[l - 1].preactivation(
          point.theta.layers[l - 1], point.x[l - 1], on: pool)
        miss.combine(-c.rho, c.rho, point.z[l])
        miss.combine(1, 1, before[l])
        #expect(distance(point.p[l], miss) < 1e-12)
      }
    }
  }
}
