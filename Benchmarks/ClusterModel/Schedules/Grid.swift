/// Ranks as a rectangle: `stages` shares of the layers times `replicas` shares of the samples.
public struct Grid: Equatable, Sendable {
  /// Shares of the layers, consecutive ones in each.
  public let stages: Int
  /// Shares of the samples, each with a copy of the weights.
  public let replicas: Int

  /// - Throws: ``ModelError`` for counts below 1.
  public init(stages: Int = 1, replicas: Int = 1) throws(ModelError) {
    try ModelError.requirePositive(stages, "stages")
    try ModelError.requirePositive(replicas, "replicas")
    (self.stages, self.replicas) = (stages, replicas)
  }

  /// Ranks.
  public var ranks: Int { stages * replicas }

  /// - Throws: ``ModelError`` for more stages than layers or more replicas than samples.
  func check(_ job: Job) throws(ModelError) {
    guard stages <= job.depth else {
      throw ModelError("\(stages) stages are too many for \(job.depth) layers")
    }
    guard replicas <= job.batch else {
      throw ModelError("\(replicas) replicas are too many for \(job.batch) samples")
    }
  }

  /// Bytes of the weights, their gradient, and two numbers for each variable, on the fullest rank.
  public func bytesOfMemory(_ job: Job) -> Double {
    let layers = Double((job.depth + stages - 1) / stages)
    let rows = Double(job.batch) / Double(replicas)
    return 2 * layers * (job.bytesOfWeights + job.bytesOfVariable(rows: rows))
  }
}
