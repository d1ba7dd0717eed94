import Testing

@testable import ClusterModel

@Suite("Back-propagation over a grid, in closed form")
struct BackPropagationTests {
  private let job: Job

  init() throws { job = try Job(depth: 12, width: 100, batch: 64) }

  private func seconds(
    _ cluster: Cluster, stages: Int = 1, replicas: Int = 1, pieces: Int = 1, bucket: Int = 1,
    overlaps: Bool = true, job: Job? = nil
  ) throws -> Double {
    try BackPropagationGrid(
      Grid(stages: stages, replicas: replicas), microBatches: pieces, layersOfBucket: bucket,
      overlapsSums: overlaps
    ).secondsPerStep(job ?? self.job, on: cluster)
  }

  @Test("One node: the sum of all work")
  func oneNode() throws {
    let cluster = try Sample.cluster(latency: 1, bandwidth: 1, perNumber: 1e-9, perWeight: 2e-9)
    // Three products a layer, no adjoint of the first; a pass each way; an update.
    let work =
      Double(3 * 12 - 1) * Sample.product(job) + 12 * (2 * 64 * 100 * 1e-9 + 1e4 * 2e-9)
    #expect(agree(try seconds(cluster), work))
  }

  @Test("A pipeline without latency: (m + p - 1) / m", arguments: [1, 2, 4, 16], [2, 3, 4])
  func bubble(pieces m: Int, stages p: Int) throws {
    // The first layer's missing adjoint spares its stage one micro-batch of one product each time; the
    // stage is the last to be reached, so that only its last micro-batch shows.
    let time = try seconds(try Sample.cluster(), stages: p, pieces: m)
    let product = Sample.product(job)
    let even = 3 * 12 * product / Double(p) * Double(m + p - 1) / Double(m)
    let saved = product / Double(m)
    #expect(agree(time, even - saved))
  }

  @Test("A pipeline of one micro-batch pays every message: 2 (p-1) (L + N/B)")
  func messages() throws {
    let (latency, bandwidth) = (0.5, 1e5)
    let free = try seconds(try Sample.cluster(), stages: 4)
    let paid = try seconds(
      try Sample.cluster(latency: latency, bandwidth: bandwidth), stages: 4)
    #expect(agree(paid - free, 6 * (latency + 64 * 100 * 4 / bandwidth)))
  }

  @Test("Data-parallel without overlap: work over p, and a sum for each bucket", arguments: [1, 4])
  func dataParallel(bucket: Int) throws {
    let cluster = try Sample.cluster(latency: 0.1, bandwidth: 1e6)
    let time = try seconds(cluster, replicas: 4, bucket: bucket, overlaps: false)
    let work = 35 * Sample.product(job) / 4
    let sums = 12 / bucket
    let bytes = Double(bucket) * 1e4 * 4
    let sum = 2 * 0.75 * bytes / 1e6 + 6 * 0.1
    #expect(agree(time, work + Double(sums) * sum))
  }

  @Test(
    "Overlap hides all sums but the last where they are short, and all work where they are long")
  func overlap() throws {
    let work = 35 * Sample.product(job) / 4
    let short = try Sample.cluster(latency: 1e-5)
    #expect(agree(try seconds(short, replicas: 4), work + 6e-5))
    // Bytes of one sum move after those of another, 0.75 s each.
    let narrow = try Sample.cluster(bandwidth: 8e4)
    let beforeFirstSum = (12 + 2) * Sample.product(job) / 4
    #expect(agree(try seconds(narrow, replicas: 4), beforeFirstSum + 12 * 0.75))
    // Rounds of several sums wait side by side.
    let far = try Sample.cluster(latency: 10)
    #expect(agree(try seconds(far, replicas: 4), work + 60))
    let halving = try Sample.cluster(latency: 10, allReduce: .halving)
    #expect(agree(try seconds(halving, replicas: 4), work + 40))
  }

  @Test("Ranks that share cores take turns: 4 on 2 cores as long as 2, on 1 as long as 1")
  func sharing() throws {
    let product = Sample.product(job)
    for (cores, share) in [(4, 4.0), (2, 2.0), (1, 1.0)] {
      let cluster = try Sample.cluster(sharing: 4, cores: cores)
      #expect(agree(try seconds(cluster, replicas: 4), 35 * product / share))
    }
  }

  @Test("A grid is a pipeline of its share of the samples")
  func grid() throws {
    let half = try Job(depth: 12, width: 100, batch: 32)
    let pipeline = try seconds(try Sample.cluster(), stages: 3, pieces: 4, job: half)
    #expect(agree(try seconds(try Sample.cluster(), stages: 3, replicas: 2, pieces: 4), pipeline))
  }

  @Test("More stages than layers, replicas than samples, pieces than rows are refused")
  func refusals() throws {
    let cluster = try Sample.cluster()
    #expect(throws: ModelError.self) { try seconds(cluster, stages: 13) }
    #expect(throws: ModelError.self) { try seconds(cluster, replicas: 65) }
    #expect(throws: ModelError.self) { try seconds(cluster, replicas: 2, pieces: 64) }
    #expect(throws: ModelError.self) { try seconds(cluster, pieces: 0) }
  }
}
