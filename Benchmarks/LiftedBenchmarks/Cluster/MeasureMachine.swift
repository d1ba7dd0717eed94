import ArgumentParser
import ClusterModel
import Foundation
import Tensors

/// Measures what the model needs to know of a node.
struct MeasureMachine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measures this machine's rates; writes a machine file.")

  @Option(help: "Threads of a node.")
  var threads = 1

  @Option(help: "Widths of the table of rates.")
  var widths = [64, 256, 1024, 4096]

  @Option(help: "Rows of the table of rates.")
  var rows = [1, 4, 16, 64, 256, 1024]

  @Option(help: "Seconds from sending to receiving.")
  var latency = 2e-6

  @Option(help: "Bytes a second of each node's link.")
  var bandwidth = 12.5e9

  @Option(help: "The machine file.")
  var output = ClusterOptions.defaultFile

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
    for size in widths + rows where size < 1 {
      throw ValidationError("--widths and --rows must be at least 1, not \(size)")
    }
  }

  func run() throws {
    let pool = WorkerPool(threads: threads)
    let timings = NodeTimings(
      pool: pool, summary: .least, rows: rows.sorted(), widths: widths.sorted())
    let cluster = try Cluster(
      node: timings.node(),
      interconnect: Interconnect(latency: latency, bandwidth: bandwidth))
    try MachineFile.write(cluster, to: output)
    print("machine: \(output)")
  }
}
