/// The tasks of the ranks of a grid: each rank computes in the order of its program, messages and sums
/// travel meanwhile.
///
/// Replicas that do not share machines do all the same at once; one of them stands for all.
struct RankTasks {
  /// A rank.
  struct Rank: Hashable {
    let stage: Int
    let replica: Int
  }

  private var graph = TaskGraph()
  private let cluster: Cluster
  private let grid: Grid
  private var processors: [TaskGraph.Server] = []
  private var links: [TaskGraph.Server] = []
  private var reducers: [TaskGraph.Server] = []
  private var last: [TaskGraph.Task?]

  /// Replicas that are simulated.
  let replicas: Int

  init(_ grid: Grid, on cluster: Cluster) {
    (self.grid, self.cluster) = (grid, cluster)
    replicas = cluster.ranksPerMachine > 1 ? grid.replicas : 1
    let ranks = grid.stages * replicas
    let shared = cluster.ranksPerMachine
    last = Array(repeating: nil, count: ranks)
    for _ in 0..<((ranks + shared - 1) / shared) {
      processors.append(graph.server(slots: cluster.coresPerMachine))
    }
    for _ in 0..<ranks { links.append(graph.server()) }
    for _ in 0..<grid.stages { reducers.append(graph.server()) }
  }

  /// The simulated ranks.
  var ranks: [Rank] {
    (0..<replicas).flatMap { replica in
      (0..<grid.stages).map { Rank(stage: $0, replica: replica) }
    }
  }

  private func index(_ rank: Rank) -> Int { rank.replica * grid.stages + rank.stage }

  /// Work of a rank after all that it did before, and after what it waits for.
  @discardableResult
  mutating func compute(
    _ seconds: Double, on rank: Rank, after others: [TaskGraph.Task] = []
  ) -> TaskGraph.Task {
    let index = index(rank)
    let before = last[index].map { [$0] } ?? []
    let task = graph.task(
      seconds, on: processors[index / cluster.ranksPerMachine], after: before + others)
    last[index] = task
    return task
  }

  /// A message after a task; what is returned ends when the message is there.
  mutating func send(
    _ bytes: Double, from rank: Rank, after task: TaskGraph.Task
  ) -> TaskGraph.Task {
    let sent = graph.task(
      cluster.interconnect.sending(bytes), on: links[index(rank)], after: [task])
    return graph.task(cluster.interconnect.delay(bytes), after: [sent])
  }

  /// A sum over the replicas of a stage once all have their parts: bytes of one sum move after those of
  /// another, while their rounds wait side by side.
  mutating func allReduce(
    _ bytes: Double, ofStage stage: Int, after parts: [TaskGraph.Task]
  ) -> TaskGraph.Task {
    let (net, ranks) = (cluster.interconnect, grid.replicas)
    let moved = graph.task(
      net.moving(bytes, ranks: ranks), on: reducers[stage], after: parts)
    return graph.task(
      net.waiting(bytes, ranks: ranks, by: cluster.allReduce), after: [moved])
  }

  /// What a rank did last.
  func last(on rank: Rank) -> TaskGraph.Task? { last[index(rank)] }

  func run() -> Timeline { graph.run() }
}
