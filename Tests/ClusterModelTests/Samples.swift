@testable import ClusterModel

/// Machines and jobs of round numbers.
enum Sample {
  /// 1 Gop/s at any size, nothing else takes time unless given.
  static func node(perNumber: Double = 0, perWeight: Double = 0) throws -> Node {
    let rates = try ProductRates(constant: 1e9)
    return try Node(
      forward: rates, adjoint: rates, gradient: rates, secondsPerNumber: perNumber,
      secondsPerWeight: perWeight)
  }

  static func cluster(
    latency: Double = 0, bandwidth: Double = 1e30, perNumber: Double = 0, perWeight: Double = 0,
    allReduce: AllReduce = .ring, sharing: Int = 1, cores: Int = 1
  ) throws -> Cluster {
    try Cluster(
      node: node(perNumber: perNumber, perWeight: perWeight),
      interconnect: Interconnect(latency: latency, bandwidth: bandwidth), allReduce: allReduce,
      ranksPerMachine: sharing, coresPerMachine: cores)
  }

  /// Seconds of one product of all samples with a layer.
  static func product(_ job: Job) -> Double {
    2 * Double(job.batch) * Double(job.width) * Double(job.width) / 1e9
  }
}

/// Whether two times agree to rounding.
func agree(_ a: Double, _ b: Double, to tolerance: Double = 1e-9) -> Bool {
  abs(a - b) <= tolerance * max(abs(a), abs(b))
}
