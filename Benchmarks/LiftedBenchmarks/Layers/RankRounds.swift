import ArgumentParser
import Distributed
import Foundation
import Lifted
import Tensors

/// Layers on ranks against one process: `mpirun -n 4 lifted-benchmarks layer-ranks`.
struct RankRounds: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layer-ranks",
    abstract: "Rounds of block descent over ranks, held to one process: bits, bytes and time.")

  @Option(help: "Network: 20x512 or 10x100.")
  var network = ChainNetwork.narrow.rawValue
  @Option(help: "Samples of a batch.")
  var batch = 64
  @Option(help: "Rounds.")
  var rounds = 10
  @Option(help: "Layers on each rank, or auto.")
  var layersPerRank = "auto"

  func run() throws {
    let ranks = try Ranks.join(timeout: 20) { complain($0) }
    do { try compare(over: ranks) } catch {
      guard ranks.size > 1 else { throw error }
      complain("rank \(ranks.rank): \(error)")
      ranks.abandon(status: 1)
      throw ExitCode.failure
    }
    try Ranks.leave(ranks)
  }

  private func compare(over ranks: any Communicator) throws {
    guard let chain = ChainNetwork(rawValue: network) else {
      throw ValidationError("no network '\(network)'; there are 20x512 and 10x100")
    }
    let pool = WorkerPool(threads: 1)
    let layers = try chain.layers()
    let owners =
      if let count = Int(layersPerRank) {
        try LayerOwners(layers, layersPerRank: count, ranks: ranks.size)
      } else {
        try LayerOwners(balancing: layers, ranks: ranks.size)
      }
    for sweep in [Sweep.jacobi, .redBlack] {
      let descent = try BlockDescent(Energy(layers), free: .training, sweep: sweep)
      let parallel = try LayerParallelDescent(descent, owners: owners)
      let samples = try chain.samples(batch, on: pool)
      let start = try LiftedPoint(
        forward: samples.inputs, output: samples.targets, theta: chain.start(on: pool),
        network: layers, on: pool)
      var state = try parallel.start(at: start, with: ranks)
      let before = ranks.traffic
      let time = try ContinuousClock().measure {
        for _ in 0..<rounds { try parallel.round(&state, with: ranks, on: pool) }
      }
      let bytes = try ranks.allReduce([(ranks.traffic - before).bytes])[0]
      let reached = try parallel.gather(state, with: ranks)
      guard ranks.isRoot else { continue }
      try report(
        sweep, ranks.size, milliseconds: time / .milliseconds(1) / Double(rounds),
        isSame: reached == alone(descent, from: start, on: pool), bytes: bytes / rounds,
        formula: parallel.volume(samples: batch, of: Float.self).bytes)
    }
  }

  /// The same on one process.
  private func alone(
    _ descent: BlockDescent, from start: LiftedPoint<Float>, on pool: WorkerPool
  ) throws -> LiftedPoint<Float> {
    var state = descent.start(at: start, on: pool)
    for _ in 0..<rounds { try descent.round(&state, on: pool) }
    return state.point
  }

  private func report(
    _ sweep: Sweep, _ ranks: Int, milliseconds: Double, isSame: Bool, bytes: Int, formula: Int
  ) throws {
    print(
      "\(sweep.rawValue), \(ranks) ranks: \(isSame ? "same bits" : "OTHER NUMBERS") as one process, "
        + "\(bytes) bytes a round, formula \(formula), "
        + String(format: "%.2f ms a round", milliseconds))
    guard isSame, bytes == formula else { throw ExitCode.failure }
  }

  private func complain(_ text: String) {
    FileHandle.standardError.write(Data("lifted-benchmarks: \(text)\n".utf8))
  }
}
