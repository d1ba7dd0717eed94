import Proximal
import Tensors
import Testing

@testable import Lifted

/// What splittings report of a point, against closed forms and at their fixed points.
@Suite struct SplitStationarityTests {
  private let pool = WorkerPool(threads: 1)

  @Test("At the forward pass only the loss pulls: rho ||z_L - argmin|| / sqrt(s), in closed form")
  func forwardPass() throws {
    let network = try Network([try dense(5, 4, ReLU()), try dense(4, 3, Identity())])
    let batch = Batch<Double>(inputs: normal([9, 5], lane: 1), targets: normal([9, 3], lane: 2))
    let rho = 0.6
    let quadratic: [any Splitting] = [
      try ThreeSplitting(gamma: 0.7, tau: 3), try TaylorADMM(gamma: 0.7, tau: 3), DeepADMM(),
      try BregmanADMM(lambda: 0.7, tau: 3, steps: 2),
    ]
    for splitting in quadratic {
      let point = SplitPoint(
        forward: batch, theta: .random(network), splitting.variables, network, on: pool)
      var miss = point.z[2]
      miss.combine(1, -1, batch.targets)
      let expected = rho / (1 + rho) * miss.meanSquare.squareRoot()
      let task = SplitTask(network, rho: rho)
      let found = try #require(splitting.stationarity(at: point, task, on: pool))
      #expect(abs(found - expected) < 1e-12 * expected, "\(type(of: splitting))")
    }
  }

  @Test("Away from rest it is that of the largest block: moved weights, in closed form")
  func weights() throws {
    let network = try Network([try dense(5, 4, ReLU()), try dense(4, 3, Identity())])
    let splitting = try ThreeSplitting(gamma: 0.7, tau: 3)
    let task = SplitTask(network, rho: 50)
    var batch = Batch<Double>(inputs: normal([9, 5], lane: 1), targets: normal([9, 3], lane: 2))
    var point = SplitPoint(
      forward: batch, theta: .random(network), splitting.variables, network, on: pool)
    batch.targets = point.z[2]
    point.x[2] = point.z[2]
    #expect(try #require(splitting.stationarity(at: point, task, on: pool)) < 1e-12)
    point.theta.layers[0][0].scale(by: 1.1)
    // By hand: rho/s r^T x for the weights, rho/s sum r for the offsets.
    var r = network.layers[0].preactivation(point.theta.layers[0], point.x[0], on: pool)
    r.combine(1, -1, point.z[1])
    let gradient = network.layers[0].stage.parameterGradient(
      of: r, at: point.x[0], scale: 50.0 / 9, on: pool)
    let norm = gradient.reduce(0) { $0 + $1.squaredNorm }.squareRoot()
    let found = try #require(splitting.stationarity(at: point, task, on: pool))
    #expect(abs(found - norm) < 1e-9 * norm)
  }

  @Test("It tends to zero with the sweeps, and a sweep moves a point that has none no more")
  func convergence() throws {
    for c in try SplitCase.all() where !(c.splitting is AugmentedMAC) {
      var point = c.point()
      let task = SplitTask(c.network, rho: c.rho, weightPenalty: try WeightPenalty(decay: 0.05))
      let first = try #require(c.splitting.stationarity(at: point, task, on: pool))
      for _ in 0..<3000 { try c.splitting.sweep(&point, task, on: pool) }
      let last = try #require(c.splitting.stationarity(at: point, task, on: pool))
      #expect(first > 0.1 && last < 0.02 * first, "\(c.testDescription): \(first), \(last)")
    }
  }

  @Test("That of augmented MAC is the largest of gradients and constraints, by differences")
  func augmented() throws {
    let c = try #require(try SplitCase.all().first { $0.splitting is AugmentedMAC })
    let (point, root) = (c.point(), 3.0)
    var measures: [Double] = []
    func slopes(_ block: WritableKeyPath<SplitPoint<Double>, Tensor<Double>>) -> Double {
      let squares = (0..<point[keyPath: block].count).map { i in
        let slope = slope(at: point[keyPath: block].scalars[i]) { value in
          var moved = point
          moved[keyPath: block].withMutableSpan { $0[i] = value }
          return c.splitting.value(at: moved, c.task, on: pool)
        }
        return slope * slope
      }
      return squares.reduce(0, +).squareRoot()
    }
    for l in 1...c.network.depth {
      let (w, b) = (slopes(\.theta.layers[l - 1][0]), slopes(\.theta.layers[l - 1][1]))
      measures.append((w * w + b * b).squareRoot())
      guard l < c.network.depth else { continue }
      measures.append(slopes(\.x[l]) * 9 / root)
      var gap = c.network.layers[l - 1].preactivation(
        point.theta.layers[l - 1], point.x[l - 1], on: pool
      ).activated(by: c.network.layers[l - 1].activation, on: pool)
      gap.combine(1, -1, point.x[l])
      measures.append(c.rho * gap.squaredNorm.squareRoot() / root)
    }
    let found = try #require(c.splitting.stationarity(at: point, c.task, on: pool))
    #expect(abs(found - (measures.max() ?? 0)) < 1e-5 * found)
  }

  @Test("Training leaves objective, stationarity and a gap for each layer")
  func diagnosis() throws {
    for c in try SplitCase.all() {
      let training = try StochasticTraining(
        c.network, method: try SplittingTraining(c.splitting, rho: c.rho), batchSize: 9, epochs: 1,
        seed: 1)
      var state = training.start(from: Parameters<Double>.random(c.network))
      _ = try training.run(&state, on: TensorSamples(c.batch))
      let diagnosis = try #require(state.progress.diagnosis)
      let gaps = try #require(diagnosis.consistencyGaps)
      let layers = c.network.layers
      var gap = layers[0].preactivation(state.theta.layers[0], c.batch.inputs, on: pool)
        .activated(by: layers[0].activation, on: pool)
      gap.combine(1, -1, state.kept[0])
      #expect(gaps.count == 3 && abs(gaps[0] - (gap.squaredNorm / 63).squareRoot()) < 1e-12)
      #expect(try #require(diagnosis.stationarity) > 0)
    }
  }
}
