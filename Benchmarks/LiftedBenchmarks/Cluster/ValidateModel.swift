import ArgumentParser
import ClusterModel
import Distributed
import Foundation
import Lifted
import Tensors

/// Holds the model to steps that the ranks of this run take.
struct ValidateModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Measures, predicts and takes steps on the ranks that mpirun started.",
    discussion: """
      mpirun -n 4 lifted-benchmarks cluster validate --cores 2

      Every rank computes on one thread. Rates and steps are measured in turn, so that \
      both meet the same machine.
      """)

  @Option(help: "Layers.")
  var depth = 8

  @Option(parsing: .upToNextOption, help: "Widths of the layers, one table row each.")
  var width = [256, 512, 1024]

  @Option(help: "Samples of a step, over all ranks.")
  var batch = 256

  @Option(help: "Processors that the ranks share.")
  var cores = 2

  @Option(help: "Bytes beyond which a message waits for its receiver: 65536 for Open MPI over TCP.")
  var eagerBytes: Double?

  @Option(help: "Rounds of measuring the machine and then the steps.")
  var rounds = 5

  func validate() throws {
    for (name, value) in [("cores", cores), ("rounds", rounds), ("depth", depth), ("batch", batch)]
    where value < 1 {
      throw ValidationError("--\(name) must be at least 1")
    }
    guard width.allSatisfy({ $0 >= 1 }) else { throw ValidationError("--width must be at least 1") }
  }

  func run() throws {
    let ranks = try Ranks.join(timeout: 60) { line in print(line) }
    guard ranks.size <= min(depth, batch) else {
      throw ValidationError(
        "\(ranks.size) ranks are too many for --depth \(depth) --batch \(batch)")
    }
    var table = [
      ["width", "what", "measured, ms", "predicted, ms", "predicted/measured", "least", "most"]
    ]
    for width in width { table += try rows(width, with: ranks) }
    if ranks.isRoot { print(Figures.columns(table)) }
    try Ranks.leave(ranks)
  }

  /// What is timed, and what the model says of it.
  private typealias Trial = (
    what: String, step: () throws -> Void, prediction: (Job, Cluster) throws -> Double
  )

  private func rows(_ width: Int, with ranks: any Communicator) throws -> [[String]] {
    let job = try Job(depth: depth, width: width, batch: batch)
    let pool = WorkerPool(threads: 1)
    let timings = InterconnectTimings(communicator: ranks, eagerBytes: eagerBytes)
    let trials = try trials(job, with: ranks, on: pool)
    var pairs = trials.map { _ in [(measured: Double, predicted: Double)]() }
    var nets: [Interconnect] = []
    for _ in 0..<rounds {
      let cluster = try cluster(job, timings, on: pool)
      nets.append(cluster.interconnect)
      for (index, trial) in trials.enumerated() {
        pairs[index].append(
          (try timings.mean(trial.step), try trial.prediction(job, cluster)))
      }
    }
    if ranks.isRoot {
      let latency = Self.median(nets.map(\.latency)) * 1e6
      let bandwidth = Self.median(nets.map(\.bandwidth)) / 1e9
      let sums = Self.median(nets.map { $0.sumBandwidth ?? $0.bandwidth }) / 1e9
      print(
        "width \(width): latency \(Figures.short(latency)) us, messages "
          + "\(Figures.short(bandwidth)) GB/s, sums \(Figures.short(sums)) GB/s")
    }
    return zip(trials, pairs).map { trial, pairs in
      let ratios = pairs.map { $0.predicted / $0.measured }
      let figures = [
        Self.median(pairs.map(\.measured)) * 1e3, Self.median(pairs.map(\.predicted)) * 1e3,
        Self.median(ratios), ratios.min() ?? 0, ratios.max() ?? 0,
      ]
      return ["\(width)", trial.what] + figures.map(Figures.short)
    }
  }

  private func trials(
    _ job: Job, with ranks: any Communicator, on pool: WorkerPool
  ) throws -> [Trial] {
    let replicas = try Grid(replicas: ranks.size)
    var sum = Tensor<Float>(repeating: 1, shape: [job.width, job.width])
    var trials: [Trial] = [
      (
        "all-reduce", { try ranks.allReduce(&sum) },
        {
          $1.interconnect.allReduce(
            Double(4 * $0.width * $0.width), ranks: ranks.size, by: $1.allReduce)
        }
      )
    ]
    for overlaps in [false, true] {
      let schedule = try BackPropagationGrid(replicas, overlapsSums: overlaps)
      var program = try DataParallelProgram(job, overlapsSums: overlaps, with: ranks, on: pool)
      trials.append(
        (
          overlaps ? "data-parallel, overlapped" : "data-parallel", { try program.step() },
          { try schedule.secondsPerStep($0, on: $1) }
        ))
    }
    let schedule = try LiftedGrid(Grid(stages: ranks.size), powerIterations: 0)
    var program = try LayerParallelProgram(job, with: ranks, on: pool)
    trials.append(
      ("layer-parallel", { try program.step() }, { try schedule.secondsPerStep($0, on: $1) }))
    return try trials + trainings(job, with: ranks, on: pool)
  }

  /// Steps of training itself.
  private func trainings(
    _ job: Job, with ranks: any Communicator, on pool: WorkerPool
  ) throws -> [Trial] {
    let data = try BackPropagationGrid(Grid(replicas: ranks.size), overlapsSums: true)
    var training = try DataParallelTrainingProgram(job, with: ranks, on: pool)
    let layers = try LiftedGrid(Grid(stages: ranks.size))
    var descent = try LayerParallelDescentProgram(job, with: ranks, on: pool)
    return [
      (
        "DataParallelTraining", { try training.step() }, { try data.secondsPerStep($0, on: $1) }
      ),
      (
        "LayerParallelDescent", { try descent.step() }, { try layers.secondsPerStep($0, on: $1) }
      ),
    ]
  }

  /// The node as rank 0 finds it while as many ranks compute as have a processor and the others wait.
  private func cluster(
    _ job: Job, _ timings: InterconnectTimings, on pool: WorkerPool
  ) throws -> Cluster {
    let ranks = timings.communicator
    let sizes = NodeTimings(
      pool: pool, summary: .mean,
      rows: Array(Set([1, job.batch / ranks.size, job.batch])).sorted(),
      widths: [job.width])
    try ranks.barrier()
    let node = ranks.rank < cores ? try JSONEncoder().encode(sizes.node()) : Data()
    let shared = try ranks.broadcast(Array(node))
    return try Cluster(
      node: JSONDecoder().decode(Node.self, from: Data(shared)),
      interconnect: timings.interconnect(), ranksPerMachine: ranks.size,
      coresPerMachine: min(cores, ranks.size))
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.sorted()[values.count / 2]
  }
}
