import ArgumentParser
import ClusterModel
import Foundation

/// A cluster as JSON.
enum MachineFile {
  static func read(_ path: String) throws -> Cluster {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      return try JSONDecoder().decode(Cluster.self, from: data)
    } catch let error as ModelError {
      throw ValidationError("\(path): \(error)")
    } catch is DecodingError {
      throw ValidationError(
        "\(path) is no machine file; make one by: cluster measure --output \(path)")
    } catch {
      throw ValidationError("\(path) cannot be read; make it by: cluster measure --output \(path)")
    }
  }

  static func write(_ cluster: Cluster, to path: String) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try (encoder.encode(cluster) + Data("\n".utf8)).write(to: url, options: .atomic)
  }
}

/// The machine of a prediction.
struct ClusterOptions: ParsableArguments {
  static let defaultFile = "Benchmarks/machines/reference.json"

  @Option(help: "A machine file, by `cluster measure`.")
  var machine = Self.defaultFile

  @Option(help: "Seconds from sending to receiving, in place of the file's.")
  var latency: Double?

  @Option(help: "Bytes a second of each node's link, in place of the file's.")
  var bandwidth: Double?

  @Option(help: "How sums over nodes are formed: ring or halving.")
  var allReduce: AllReduce?

  /// The file's cluster with what was given in its place.
  func cluster() throws -> Cluster {
    let cluster = try MachineFile.read(machine)
    do {
      return try Cluster(
        node: cluster.node,
        interconnect: Interconnect(
          latency: latency ?? cluster.interconnect.latency,
          bandwidth: bandwidth ?? cluster.interconnect.bandwidth,
          sumBandwidth: bandwidth == nil ? cluster.interconnect.sumBandwidth : nil,
          eagerBytes: cluster.interconnect.eagerBytes),
        allReduce: allReduce ?? cluster.allReduce, ranksPerMachine: cluster.ranksPerMachine,
        coresPerMachine: cluster.coresPerMachine)
    } catch { throw ValidationError("\(error)") }
  }
}

extension AllReduce: ExpressibleByArgument {}
