import Testing

@testable import ClusterModel

@Suite("Lifted block descent over a grid, in closed form")
struct LiftedGridTests {
  private let job: Job

  init() throws { job = try Job(depth: 12, width: 100, batch: 64) }

  private func seconds(
    _ cluster: Cluster, stages: Int = 1, replicas: Int = 1, bucket: Int = 1, power: Int = 0
  ) throws -> Double {
    try LiftedGrid(
      Grid(stages: stages, replicas: replicas), layersOfBucket: bucket, powerIterations: power
    ).secondsPerStep(job, on: cluster)
  }

  @Test("One node: the sum of all work")
  func oneNode() throws {
    let cluster = try Sample.cluster(latency: 1, bandwidth: 1, perNumber: 1e-9, perWeight: 2e-9)
    // Four products a layer, no adjoint of the first; three passes in each layer for pre-activations and the
    // gradient, three more for a pull, and six for each moving variable.
    let passes = Double(3 * 12 + 3 * 11 + 6 * 11) * 64 * 100 * 1e-9
    let work = Double(4 * 12 - 1) * Sample.product(job) + passes + 12 * 1e4 * 2e-9
    #expect(agree(try seconds(cluster), work))
  }

  @Test("Power iterations cost two products of one row each, and passes over the inputs")
  func powerIterations() throws {
    let cluster = try Sample.cluster(perNumber: 1e-9)
    let one = try seconds(cluster, power: 1) - seconds(cluster)
    #expect(agree(one, 11 * 2 * Sample.product(job) / 64 + 12 * 2 * 64 * 100 * 1e-9, to: 1e-6))
  }

  @Test("Stages without latency divide the work", arguments: [2, 3, 4, 6, 12])
  func stages(p: Int) throws {
    let layers = Double(12 / p)
    #expect(
      agree(
        try seconds(try Sample.cluster(), stages: p), 4 * layers * Sample.product(job), to: 0.03))
  }

  @Test("Latency hides behind the other layers of a stage")
  func hidden() throws {
    // Behind the five other layers of each of two stages: one product of 1.28 ms each, and two.
    let free = try seconds(try Sample.cluster(), stages: 2)
    #expect(agree(try seconds(try Sample.cluster(latency: 0.006), stages: 2), free))
    #expect(try seconds(try Sample.cluster(latency: 0.02), stages: 2) > 1.05 * free)
  }

  @Test("One layer a stage: both messages are paid in full each round")
  func exposed() throws {
    let free = try seconds(try Sample.cluster(), stages: 12)
    let paid = try seconds(try Sample.cluster(latency: 0.5, bandwidth: 1e5), stages: 12)
    #expect(agree(paid - free, 2 * (0.5 + 64 * 100 * 4 / 1e5), to: 1e-6))
  }

  @Test("With replicas the sums are paid, one stage's beside another's")
  func sums() throws {
    // Sums of 0.75 s a layer dwarf the work.
    let narrow = try Sample.cluster(bandwidth: 8e4)
    #expect(agree(try seconds(narrow, replicas: 4), 12 * 0.75, to: 1e-2))
    #expect(agree(try seconds(narrow, replicas: 4, bucket: 12), 12 * 0.75, to: 1e-2))
    // Four layers' sums in each stage, and messages of 0.32 s twice a round.
    let both = try seconds(narrow, stages: 3, replicas: 4)
    #expect(both > 4 * 0.75 && both < 4 * 0.75 + 2 * 0.08 * 4)
    // Rounds of sums wait side by side, 60 s in all.
    let far = try Sample.cluster(latency: 10)
    #expect(agree(try seconds(far, replicas: 4), 60, to: 1e-2))
  }

  @Test("Ranks that share cores take turns")
  func sharing() throws {
    let alone = try seconds(try Sample.cluster())
    let shared = try seconds(try Sample.cluster(sharing: 4, cores: 1), stages: 4)
    // Rounds of different ranks interleave, so that the cut between two of them is not sharp.
    #expect(agree(shared, alone, to: 0.02))
  }

  @Test("Plans fill their nodes as far as layers and samples go, and the grid is never the slower")
  func plans() throws {
    let cluster = try Sample.cluster(latency: 1e-5, bandwidth: 1e9, perWeight: 1e-9)
    let ranks = [
      Plan.Method.dataParallel: 64, .pipeline: 12, .layerParallel: 12,
    ]
    var seconds: [Plan.Method: Double] = [:]
    for method in Plan.Method.allCases {
      let plan = try Plan.best(method, job, on: cluster, nodes: 100)
      seconds[method] = plan.secondsPerStep
      if let ranks = ranks[method] { #expect(plan.grid.ranks == ranks) }
    }
    let data = try #require(seconds[.dataParallel])
    let pipeline = try #require(seconds[.pipeline])
    let backPropagation = try #require(seconds[.backPropagation])
    #expect(backPropagation <= min(data, pipeline))
    #expect(try #require(seconds[.lifted]) <= #require(seconds[.layerParallel]))
    #expect(throws: ModelError.self) {
      try Plan.best(.lifted, job, on: cluster, nodes: 0)
    }
  }
}
