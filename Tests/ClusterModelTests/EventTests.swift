import Testing

@testable import ClusterModel

@Suite("Events and tasks")
struct EventTests {
  @Test("Events come in order of time, those of one time in order of adding")
  func order() {
    var queue = EventQueue<Int>()
    let times = (0..<200).map { Double(($0 * 73) % 17) }
    for (event, time) in times.enumerated() { queue.add(event, at: time) }
    var taken: [Int] = []
    while let (event, time) = queue.next() {
      #expect(times[event] == time)
      taken.append(event)
    }
    #expect(taken == times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
  }

  @Test("A task waits for others and for its server")
  func waiting() {
    var graph = TaskGraph()
    let server = graph.server()
    let first = graph.task(2, on: server)
    let second = graph.task(3, on: server)
    let delay = graph.task(10, after: [first])
    let last = graph.task(1, on: server, after: [delay, second])
    let timeline = graph.run()
    #expect(timeline.end(of: first) == 2)
    #expect(timeline.end(of: second) == 5)
    #expect(timeline.end(of: delay) == 12)
    #expect(timeline.end(of: last) == 13)
    #expect(timeline.end == 13)
  }

  @Test("A server of two slots does two tasks at a time, who was ready first")
  func slots() {
    var graph = TaskGraph()
    let server = graph.server(slots: 2)
    let tasks = [3.0, 1, 1, 1].map { graph.task($0, on: server) }
    let timeline = graph.run()
    #expect(tasks.map { timeline.end(of: $0) } == [3, 1, 2, 3])
  }

  @Test("Messages round a ring, event by event, take the closed form", arguments: [2, 3, 4, 8])
  func ring(ranks p: Int) throws {
    let net = try Interconnect(latency: 0.25, bandwidth: 8)
    let bytes = 96.0
    var graph = TaskGraph()
    let links = (0..<p).map { _ in graph.server() }
    var arrived = [TaskGraph.Task?](repeating: nil, count: p)
    for _ in 0..<(2 * (p - 1)) {
      arrived = (0..<p).map { rank in
        let before = arrived[(rank + p - 1) % p].map { [$0] } ?? []
        let sent = graph.task(
          net.sending(bytes / Double(p)), on: links[rank], after: before)
        return graph.task(net.latency, after: [sent])
      }
    }
    let fraction = 2 * Double(p - 1) / Double(p)
    let formula = fraction * bytes / 8 + 2 * Double(p - 1) * 0.25
    #expect(agree(graph.run().end, formula))
    #expect(agree(net.allReduce(bytes, ranks: p, by: .ring), formula))
  }

  @Test("Halving takes as many bytes and fewer rounds; one rank takes no time")
  func halving() throws {
    let net = try Interconnect(latency: 0.25, bandwidth: 8)
    for p in [1, 2, 3, 4, 8, 1024] {
      let bytes = 2 * Double(p - 1) / Double(p) * 12
      let rounds = [1: 0, 2: 2, 3: 4, 4: 4, 8: 6, 1024: 20][p] ?? 0
      #expect(
        agree(net.allReduce(96, ranks: p, by: .halving), bytes + Double(rounds) * 0.25))
    }
    #expect(net.allReduce(96, ranks: 1, by: .ring) == 0)
    let slow = try Interconnect(latency: 0, bandwidth: 8, sumBandwidth: 2)
    #expect(agree(slow.allReduce(96, ranks: 4, by: .ring), 1.5 * 96 / 2))
    #expect(slow.sending(96) == 12)
    let polite = try Interconnect(latency: 1, bandwidth: 8, eagerBytes: 24)
    #expect(polite.delay(24) == 1 && polite.delay(25) == 3)
    #expect(agree(polite.allReduce(96, ranks: 4, by: .ring), 1.5 * 12 + 6))
    #expect(agree(polite.allReduce(97, ranks: 4, by: .ring), 1.5 * 97 / 8 + 18))
  }
}
