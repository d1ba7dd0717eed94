/// The fastest way to run a job by one method on so many nodes, as the model sees it.
public struct Plan: Sendable {
  /// A method and the grids it may use.
  public enum Method: String, CaseIterable, Sendable {
    /// Back-propagation, samples shared out.
    case dataParallel = "back-propagation, data"
    /// Back-propagation, layers shared out as a pipeline.
    case pipeline = "back-propagation, pipeline"
    /// Back-propagation, the best grid of the two.
    case backPropagation = "back-propagation, grid"
    /// Lifted, layers shared out.
    case layerParallel = "lifted, layers"
    /// Lifted, the best grid of layers and samples.
    case lifted = "lifted, grid"
  }

  /// The method.
  public let method: Method
  /// The ranks; fewer than there are nodes where there are no layers or samples for more.
  public let grid: Grid
  /// Micro-batches of the pipeline.
  public let microBatches: Int
  /// Seconds of a step.
  public let secondsPerStep: Double

  /// The best plan over grids that take as many nodes as they can, with stages a power of two or as many as
  /// layers, over numbers of micro-batches (powers of 4) and layers of a bucket (powers of 8).
  /// - Throws: ``ModelError`` if there are no nodes.
  public static func best(
    _ method: Method, _ job: Job, on cluster: Cluster, nodes: Int
  ) throws(ModelError) -> Plan {
    try ModelError.requirePositive(nodes, "nodes")
    var best: Plan?
    for grid in try grids(method, job, nodes: nodes) {
      for plan in try plans(method, grid, job, on: cluster)
      where plan.secondsPerStep < best?.secondsPerStep ?? .infinity {
        best = plan
      }
    }
    guard let best else { throw ModelError("no grid of \(nodes) nodes fits") }
    return best
  }

  /// Grids that take all nodes, or as many as there are layers and samples for.
  private static func grids(
    _ method: Method, _ job: Job, nodes: Int
  ) throws(ModelError) -> [Grid] {
    let most = min(nodes, job.depth)
    switch method {
    case .dataParallel: return [try Grid(replicas: min(nodes, job.batch))]
    case .pipeline, .layerParallel: return [try Grid(stages: most)]
    case .backPropagation, .lifted:
      var grids: [Grid] = []
      for stages in powers(of: 2, upTo: most) {
        grids.append(try Grid(stages: stages, replicas: min(nodes / stages, job.batch)))
      }
      return grids
    }
  }

  private static func plans(
    _ method: Method, _ grid: Grid, _ job: Job, on cluster: Cluster
  ) throws(ModelError) -> [Plan] {
    let isLifted = method == .lifted || method == .layerParallel
    let layers = (job.depth + grid.stages - 1) / grid.stages
    let buckets = grid.replicas == 1 ? [1] : powers(of: 8, upTo: layers)
    let hasPieces = !isLifted && grid.stages > 1
    let pieces = hasPieces ? powers(of: 4, upTo: min(job.batch / grid.replicas, 256)) : [1]
    var plans: [Plan] = []
    for bucket in buckets {
      for microBatches in pieces {
        let schedule: any Schedule =
          isLifted
          ? try LiftedGrid(grid, layersOfBucket: bucket)
          : try BackPropagationGrid(grid, microBatches: microBatches, layersOfBucket: bucket)
        plans.append(
          Plan(
            method: method, grid: grid, microBatches: microBatches,
            secondsPerStep: try schedule.secondsPerStep(job, on: cluster)))
      }
    }
    return plans
  }

  /// 1, base, base^2, … and the limit itself.
  private static func powers(of base: Int, upTo limit: Int) -> [Int] {
    var powers: [Int] = []
    var power = 1
    while power < limit {
      powers.append(power)
      power *= base
    }
    return powers + [max(limit, 1)]
  }
}
