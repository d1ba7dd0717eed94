/// Back-propagation on a grid: the stages a pipeline of micro-batches, the replicas each with a share of
/// the samples.
///
///     forward   z = W x, sigma(z)             F(n) + s n d        a layer, n rows
///     back      W^T r, r x^T, sigma'          A(n) + G(n) + s n d
///     update    after the sum over replicas   w d^2
///
/// All micro-batches go forward, then all back; a stage sends `n d` numbers a micro-batch each way. With
/// one stage it is data-parallel. Gradients are summed as the last micro-batch goes back, a bucket of
/// layers at a time, meanwhile or before the next layer (`overlapsSums`).
///
/// Source of the pipeline: Huang et al., NeurIPS 2019, without recomputing activations.
public struct BackPropagationGrid: Schedule {
  public let grid: Grid
  /// Pieces of a replica's samples.
  public let microBatches: Int
  /// Layers whose gradients are summed at once.
  public let layersOfBucket: Int
  /// Whether a rank works on while gradients are summed.
  public let overlapsSums: Bool

  /// - Throws: ``ModelError`` for counts below 1.
  public init(
    _ grid: Grid, microBatches: Int = 1, layersOfBucket: Int = 1, overlapsSums: Bool = true
  ) throws(ModelError) {
    try ModelError.requirePositive(microBatches, "microBatches")
    try ModelError.requirePositive(layersOfBucket, "layersOfBucket")
    (self.grid, self.microBatches) = (grid, microBatches)
    (self.layersOfBucket, self.overlapsSums) = (layersOfBucket, overlapsSums)
  }

  public func secondsPerStep(_ job: Job, on cluster: Cluster) throws(ModelError) -> Double {
    try grid.check(job)
    let rows = Double(job.batch) / Double(grid.replicas * microBatches)
    guard rows >= 1 else {
      throw ModelError("\(microBatches) micro-batches are too many for a replica's samples")
    }
    var pass = Pass(self, job, cluster, rows: rows)
    for _ in 0..<microBatches { pass.goForward() }
    for piece in 0..<microBatches { pass.goBack(isLast: piece == microBatches - 1) }
    pass.update()
    return pass.tasks.run().end
  }

  /// The tasks of a step while they are laid out.
  private struct Pass {
    let schedule: BackPropagationGrid
    let job: Job
    let costs: LayerCosts
    let message: Double
    var tasks: RankTasks
    var sums: [GradientSums]

    init(_ schedule: BackPropagationGrid, _ job: Job, _ cluster: Cluster, rows: Double) {
      (self.schedule, self.job) = (schedule, job)
      costs = LayerCosts(job, rows: rows, cluster.node)
      message = job.bytesOfVariable(rows: rows)
      tasks = RankTasks(schedule.grid, on: cluster)
      sums = (0..<schedule.grid.stages).map {
        GradientSums(job, ofStage: $0, layersOfBucket: schedule.layersOfBucket)
      }
    }

    private func layers(_ stage: Int) -> Range<Int> {
      job.layers(ofStage: stage, of: schedule.grid.stages)
    }

    mutating func goForward() {
      for replica in 0..<tasks.replicas {
        var arrived: [TaskGraph.Task] = []
        for stage in 0..<schedule.grid.stages {
          let rank = RankTasks.Rank(stage: stage, replica: replica)
          let seconds = Double(layers(stage).count) * costs.forward
          let done = tasks.compute(seconds, on: rank, after: arrived)
          let isLast = stage + 1 == schedule.grid.stages
          arrived = isLast ? [] : [tasks.send(message, from: rank, after: done)]
        }
      }
    }

    mutating func goBack(isLast: Bool) {
      var arrived = [[TaskGraph.Task]](repeating: [], count: tasks.replicas)
      for stage in (0..<schedule.grid.stages).reversed() {
        if isLast {
          goBackSumming(stage, after: arrived)
        } else {
          let seconds = layers(stage).reduce(0) { $0 + costs.back(isFirst: $1 == 0) }
          for replica in 0..<tasks.replicas {
            let rank = RankTasks.Rank(stage: stage, replica: replica)
            tasks.compute(seconds, on: rank, after: arrived[replica])
          }
        }
        for replica in 0..<(stage > 0 ? tasks.replicas : 0) {
          let rank = RankTasks.Rank(stage: stage, replica: replica)
          arrived[replica] =
            tasks.last(on: rank).map {
              [tasks.send(message, from: rank, after: $0)]
            } ?? []
        }
      }
    }

    private mutating func goBackSumming(_ stage: Int, after arrived: [[TaskGraph.Task]]) {
      var awaited = arrived
      for layer in layers(stage).reversed() {
        let parts = (0..<tasks.replicas).map { replica in
          tasks.compute(
            costs.back(isFirst: layer == 0), on: .init(stage: stage, replica: replica),
            after: awaited[replica])
        }
        sums[stage].add(layer: layer, parts, &tasks)
        let sum = schedule.overlapsSums ? nil : sums[stage].sum(ofLayer: layer)
        awaited = Array(repeating: sum.map { [$0] } ?? [], count: tasks.replicas)
      }
      sums[stage].flush(&tasks)
    }

    mutating func update() {
      for rank in tasks.ranks {
        for layer in layers(rank.stage).reversed() {
          let sum = sums[rank.stage].sum(ofLayer: layer)
          tasks.compute(costs.update, on: rank, after: sum.map { [$0] } ?? [])
        }
      }
    }
  }
}
