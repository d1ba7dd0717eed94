/// A round of lifted block descent on a grid, all layers at once: the stages own layers, the replicas have
/// each a share of the samples.
///
///     ahead     z_l = W_l x_{l-1}                                         F + s n d
///     pull      r_l = sigma(z_l) - x_l,  u_{l-1} = W_l^T r_l              A + 3 s n d
///     move      x_l <- prox(x_l - mu (u_l - z_l))                         6 s n d
///     gradient  at the new variables                                      F + G + 2 s n d
///     update    after the sum over replicas                               w d^2
///
/// A stage sends `u` of its first layer to the stage before and the new `x` of its last one to the stage
/// behind, `n d` numbers each, and nothing else. With all its `z` it forms `u` of its first layer first, which
/// travels while its other variables move, and takes that layer's gradient last. Jacobi in the variables, then all
/// weights.
public struct LiftedGrid: Schedule {
  public let grid: Grid
  /// Layers whose gradients are summed at once.
  public let layersOfBucket: Int
  /// Power iterations for the length of each block's step, in every round.
  public let powerIterations: Int

  /// - Throws: ``ModelError`` for counts below 1 or power iterations below 0.
  public init(
    _ grid: Grid, layersOfBucket: Int = 1, powerIterations: Int = 3
  ) throws(ModelError) {
    try ModelError.requirePositive(layersOfBucket, "layersOfBucket")
    try ModelError.require(Double(powerIterations), "powerIterations")
    (self.grid, self.layersOfBucket) = (grid, layersOfBucket)
    self.powerIterations = powerIterations
  }

  /// Rounds until the state is steady, and rounds over which seconds are taken.
  private static let (warmUp, measured) = (2, 4)

  public func secondsPerStep(_ job: Job, on cluster: Cluster) throws(ModelError) -> Double {
    try grid.check(job)
    var rounds = Rounds(self, job, cluster)
    for _ in 0..<Self.warmUp { rounds.lay() }
    let start = rounds.ends
    for _ in 0..<Self.measured { rounds.lay() }
    let timeline = rounds.tasks.run()
    return (timeline.end(of: rounds.ends) - timeline.end(of: start)) / Double(Self.measured)
  }

  /// The tasks of some rounds while they are laid out.
  private struct Rounds {
    let schedule: LiftedGrid
    let job: Job
    let costs: LayerCosts
    let message: Double
    var tasks: RankTasks
    /// The messages that came last, one for each rank that gets any.
    var pulls: [RankTasks.Rank: TaskGraph.Task] = [:]
    var inputs: [RankTasks.Rank: TaskGraph.Task] = [:]

    init(_ schedule: LiftedGrid, _ job: Job, _ cluster: Cluster) {
      (self.schedule, self.job) = (schedule, job)
      let rows = Double(job.batch) / Double(schedule.grid.replicas)
      costs = LayerCosts(job, rows: rows, cluster.node)
      message = job.bytesOfVariable(rows: rows)
      tasks = RankTasks(schedule.grid, on: cluster)
    }

    /// What every rank did last.
    var ends: [TaskGraph.Task] { tasks.ranks.compactMap { tasks.last(on: $0) } }

    private func layers(_ stage: Int) -> Range<Int> {
      job.layers(ofStage: stage, of: schedule.grid.stages)
    }

    mutating func lay() {
      for rank in tasks.ranks { lookAhead(on: rank) }
      for rank in tasks.ranks { move(on: rank) }
      for stage in 0..<schedule.grid.stages { weigh(stage) }
    }

    /// All pre-activations, and the pull that the stage before waits for.
    private mutating func lookAhead(on rank: RankTasks.Rank) {
      for layer in layers(rank.stage) {
        tasks.compute(
          costs.preactivation(isFirst: layer == 0, powerIterations: schedule.powerIterations),
          on: rank)
      }
      guard rank.stage > 0 else { return }
      let done = tasks.compute(costs.pull, on: rank)
      let before = RankTasks.Rank(stage: rank.stage - 1, replica: rank.replica)
      pulls[before] = tasks.send(message, from: rank, after: done)
    }

    private mutating func move(on rank: RankTasks.Rank) {
      for _ in layers(rank.stage).dropLast() { tasks.compute(costs.pull + costs.move, on: rank) }
      // The targets do not move.
      guard rank.stage + 1 < schedule.grid.stages else { return }
      let done = tasks.compute(costs.move, on: rank, after: pulls[rank].map { [$0] } ?? [])
      let behind = RankTasks.Rank(stage: rank.stage + 1, replica: rank.replica)
      inputs[behind] = tasks.send(message, from: rank, after: done)
    }

    private mutating func weigh(_ stage: Int) {
      let (layers, replicas) = (layers(stage), tasks.replicas)
      var sums = GradientSums(job, ofStage: stage, layersOfBucket: schedule.layersOfBucket)
      for layer in Array(layers.dropFirst()) + layers.prefix(1) {
        let parts = (0..<replicas).map { replica in
          let rank = RankTasks.Rank(stage: stage, replica: replica)
          let input = layer == layers.lowerBound ? inputs[rank] : nil
          return tasks.compute(
            costs.gradient(powerIterations: schedule.powerIterations), on: rank,
            after: input.map { [$0] } ?? [])
        }
        sums.add(layer: layer, parts, &tasks)
      }
      sums.flush(&tasks)
      for replica in 0..<replicas {
        for layer in Array(layers.dropFirst()) + layers.prefix(1) {
          tasks.compute(
            costs.update, on: .init(stage: stage, replica: replica),
            after: sums.sum(ofLayer: layer).map { [$0] } ?? [])
        }
      }
    }
  }
}
