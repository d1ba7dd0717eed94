import Foundation
import Testing

@testable import Distributed

@Suite("Signs of life")
struct HeartbeatTests {
  /// A ring of ranks that look at one another every 0.05 s by a clock of their own.
  private struct Ring {
    private static let patience = Patience(silence: 1)
    private var watches: [Watch]
    private var now = 0.0

    init(_ size: Int) {
      watches = (0..<size).map { Watch(Self.patience, rank: $0, size: size) }
    }

    /// The first complaint in so many seconds, and of which rank. A rank that gives no sign is silent, one that
    /// does not look is skipped.
    mutating func run(
      for seconds: Double, stage: (Int) -> Sign.Stage = { _ in .working },
      silent: Set<Int> = [], absent: Set<Int> = [], waited: (_ rank: Int, _ now: Double) -> Double
    ) -> (by: Int, CommunicationError)? {
      let end = now + seconds
      while now < end {
        now += Self.patience.interval
        let signs = watches.indices.map { Sign(stage: stage($0), waiting: watches[$0].waiting) }
        for p in watches.indices where !absent.contains(p) {
          let previous = (p + signs.count - 1) % signs.count
          let complaint = watches[p].look(
            at: now, heard: silent.contains(previous) ? nil : signs[previous], from: stage(p),
            waited: waited(p, now))
          if let complaint { return (p, complaint) }
        }
      }
      return nil
    }
  }

  @Test("A rank that gives no sign is named by the next, and by no other")
  func silence() throws {
    for lost in 0..<4 {
      var ring = Ring(4)
      #expect(ring.run(for: 5) { _, _ in 0 } == nil)
      let (by, complaint) = try #require(ring.run(for: 1.2, silent: [lost]) { _, _ in 0 })
      #expect(by == (lost + 1) % 4)
      guard case .lost(lost, let seconds) = complaint else {
        Issue.record("\(complaint)")
        continue
      }
      #expect(seconds > 1 && seconds < 1.1)
    }
  }

  @Test("A rank that could not look does not blame the one before it")
  func pause() {
    var ring = Ring(3)
    #expect(ring.run(for: 1) { _, _ in 0 } == nil)
    // Rank 1 is not given a processor for long, and finds nothing at its first looks.
    #expect(ring.run(for: 30, silent: [], absent: [1]) { _, _ in 0 } == nil)
    #expect(ring.run(for: 0.3, silent: [0]) { _, _ in 0 } == nil)
    #expect(ring.run(for: 1) { _, _ in 0 } == nil)
  }

  @Test("At the end a rank waits for the one before it, but not for ever")
  func lateness() throws {
    var ring = Ring(4)
    let stage: (Int) -> Sign.Stage = { $0 == 2 ? .working : .atEnd }
    #expect(ring.run(for: 29, stage: stage) { _, _ in 0 } == nil)
    let (by, complaint) = try #require(ring.run(for: 2, stage: stage) { _, _ in 0 })
    guard case .late(2, _) = complaint else {
      Issue.record("\(complaint)")
      return
    }
    #expect(by == 3)
    // One that comes in time is waited for; nobody is late in the middle.
    ring = Ring(4)
    #expect(ring.run(for: 29, stage: stage) { _, _ in 0 } == nil)
    #expect(ring.run(for: 50, stage: { _ in .atEnd }) { _, _ in 0 } == nil)
    #expect(ring.run(for: 50, stage: { $0 == 1 ? .last : .working }) { _, _ in 0 } != nil)
    ring = Ring(4)
    #expect(ring.run(for: 100) { _, _ in 0 } == nil)
  }

  @Test("All ranks that wait for one another are told; not while one of them works")
  func standstill() throws {
    for size in [2, 3, 7] {
      var ring = Ring(size)
      #expect(ring.run(for: 29) { _, now in now } == nil)
      let (by, complaint) = try #require(ring.run(for: 3) { _, now in now })
      #expect(by == 0)
      guard case .standstill = complaint else {
        Issue.record("\(complaint)")
        continue
      }
      for working in 0..<size {
        var ring = Ring(size)
        #expect(ring.run(for: 200) { p, now in p == working ? 0 : now } == nil)
        // It waits, too, but never for long.
        #expect(
          ring.run(for: 200) { p, now in p == working ? now.truncatingRemainder(dividingBy: 9) : now
          }
            == nil)
      }
    }
  }

  /// What ranks that are threads lament.
  private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []
    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
  }

  @Test("Hearts that beat end in good order, one that does not is noticed")
  func hearts() throws {
    let lines = Lines()
    _ = try ThreadCommunicator.run(ranks: 4) { c in
      let heart = Heartbeat(c, Patience(silence: 30), waited: { 0 }, lament: lines.add)
      heart.start()
      heart.comeToEnd()
      heart.stop()
    }
    #expect(lines.all.isEmpty)
    #expect(throws: CommunicationError.self) {
      try ThreadCommunicator.run(ranks: 3) { c in
        let (work, beats) = (
          try c.split(colour: 0, key: c.rank), try c.split(colour: 1, key: c.rank)
        )
        if c.rank != 1 {
          Heartbeat(beats, Patience(silence: 1), waited: { 0 }, lament: lines.add).start()
        }
        if c.rank == 2 {
          while lines.all.isEmpty { Thread.sleep(forTimeInterval: 0.05) }
          return work.abandon(status: 1)
        }
        try work.barrier()
      }
    }
    #expect(lines.all.contains { $0.hasPrefix("rank 1 has given no sign of life for 1 s") })
  }
}
