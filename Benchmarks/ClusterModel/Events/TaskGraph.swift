/// Tasks that wait for one another and for servers: processors, links.
///
/// A task starts when all that it waits for has ended and one of its server's slots is free; among those
/// that wait for a server the one that was ready first. A task without a server is a delay.
struct TaskGraph {
  /// A task of a graph.
  struct Task {
    fileprivate let index: Int
  }

  /// What serves a number of tasks at a time.
  struct Server {
    fileprivate let index: Int
  }

  private var seconds: [Double] = []
  private var servers: [Int?] = []
  private var waits: [Int] = []
  private var followers: [[Int]] = []
  private var slots: [Int] = []

  /// Adds a server of so many slots, at least 1.
  mutating func server(slots count: Int = 1) -> Server {
    precondition(count >= 1, "a server needs a slot")
    slots.append(count)
    return Server(index: slots.count - 1)
  }

  /// Adds a task of a length, at least 0, after others.
  mutating func task(
    _ length: Double, on server: Server? = nil, after others: [Task] = []
  ) -> Task {
    precondition(length >= 0, "a task cannot take \(length) s")
    let task = seconds.count
    seconds.append(length)
    servers.append(server?.index)
    waits.append(others.count)
    followers.append([])
    for other in others { followers[other.index].append(task) }
    return Task(index: task)
  }

  /// When every task ends. Cost: `O(n log n)`.
  func run() -> Timeline {
    var run = Run(self)
    for task in waits.indices where waits[task] == 0 { run.release(task, at: 0) }
    while let (task, time) = run.events.next() { run.finish(task, at: time) }
    return Timeline(ends: run.ends)
  }

  /// What changes while a graph runs.
  private struct Run {
    let graph: TaskGraph
    var events = EventQueue<Int>()
    var ends: [Double]
    var waits: [Int]
    var free: [Int]
    var queues: [[Int]]
    var served: [Int]

    init(_ graph: TaskGraph) {
      self.graph = graph
      ends = Array(repeating: .infinity, count: graph.seconds.count)
      (waits, free) = (graph.waits, graph.slots)
      queues = Array(repeating: [], count: graph.slots.count)
      served = Array(repeating: 0, count: graph.slots.count)
    }

    mutating func release(_ task: Int, at time: Double) {
      guard let server = graph.servers[task], free[server] == 0 else {
        if let server = graph.servers[task] { free[server] -= 1 }
        events.add(task, at: time + graph.seconds[task])
        return
      }
      queues[server].append(task)
    }

    mutating func finish(_ task: Int, at time: Double) {
      ends[task] = time
      if let server = graph.servers[task] {
        free[server] += 1
        if served[server] < queues[server].count {
          served[server] += 1
          release(queues[server][served[server] - 1], at: time)
        }
      }
      for follower in graph.followers[task] {
        waits[follower] -= 1
        if waits[follower] == 0 { release(follower, at: time) }
      }
    }
  }
}

/// When the tasks of a graph ended; infinity for those that never could start.
struct Timeline {
  fileprivate let ends: [Double]

  /// When all had ended.
  var end: Double { ends.max() ?? 0 }

  /// When a task ended.
  func end(of task: TaskGraph.Task) -> Double { ends[task.index] }

  /// When the last of some tasks ended.
  func end(of tasks: [TaskGraph.Task]) -> Double { tasks.map { ends[$0.index] }.max() ?? 0 }
}
