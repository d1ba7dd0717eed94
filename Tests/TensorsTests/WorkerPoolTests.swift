import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct WorkerPoolTests {
  /// Runs `count` pieces and returns how often each ran.
  private func visits(_ count: Int, on pool: WorkerPool) -> [Int] {
    var visits = [Int](repeating: 0, count: max(count, 1))
    visits.withPointer { visits in pool.forEach(count) { visits[$0] += 1 } }
    return Array(visits.prefix(max(count, 0)))
  }

  @Test("Every piece runs once, over thousands of small loops", arguments: [1, 2, 4])
  func everyPieceOnce(_ threads: Int) {
    let pool = WorkerPool(threads: threads)
    for round in 0..<4000 {
      let count = round % 17
      guard visits(count, on: pool).allSatisfy({ $0 == 1 }) else {
        Issue.record("loop \(round) of \(count) pieces")
        return
      }
    }
  }

  @Test("A loop has ended when forEach returns")
  func returnsAfterTheLastPiece() {
    let pool = WorkerPool(threads: 4)
    for _ in 0..<500 {
      let running = Atomic<Int>(0)
      pool.forEach(8) { piece in
        running.add(1, ordering: .relaxed)
        if piece == 7 { usleep(20) }
        running.subtract(1, ordering: .relaxed)
      }
      guard running.load(ordering: .acquiring) == 0 else {
        Issue.record("a piece was still running")
        return
      }
    }
  }

  @Test("A pool may have more threads than the machine has processors")
  func oversubscribed() {
    let pool = WorkerPool(threads: 3 * WorkerPool.processors)
    for _ in 0..<200 { #expect(visits(100, on: pool).allSatisfy { $0 == 1 }) }
  }

  @Test("A loop that wakes sleeping threads is complete")
  func wakesSleepers() {
    let pool = WorkerPool(threads: 3)
    for _ in 0..<8 {
      usleep(30_000)
      #expect(visits(50, on: pool).allSatisfy { $0 == 1 })
    }
  }

  @Test("A piece may run a loop on another pool")
  func nested() {
    let (outer, inner) = (WorkerPool(threads: 2), [WorkerPool(threads: 2), WorkerPool(threads: 2)])
    for _ in 0..<200 {
      var counts = [[Int]](repeating: [], count: 2)
      counts.withPointer { counts in
        outer.forEach(2) { counts[$0] = visits(20, on: inner[$0]) }
      }
      #expect(counts.allSatisfy { $0 == Array(repeating: 1, count: 20) })
    }
  }

  @Test("Several threads may use one pool at the same time")
  func sharedByThreads() async {
    let pool = WorkerPool(threads: 3)
    let complete = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask { (0..<500).allSatisfy { visits($0 % 9, on: pool).allSatisfy { $0 == 1 } } }
      }
      return await group.allSatisfy { $0 }
    }
    #expect(complete)
  }

  @Test("No pieces, or fewer than none, run nothing")
  func nothing() {
    let pool = WorkerPool(threads: 2)
    pool.forEach(0) { _ in Issue.record("ran") }
    pool.forEach(-3) { _ in Issue.record("ran") }
  }

  #if os(Linux)
    @Test("The threads of a pool end with it")
    func threadsEnd() throws {
      func threads() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
      }
      var pool: WorkerPool? = WorkerPool(threads: 400)
      pool?.forEach(2) { _ in }
      #expect(try threads() >= 400)
      pool = nil
      // Other tests have a few dozen threads at most.
      for _ in 0..<1000 where try threads() >= 300 { usleep(10_000) }
      #expect(try threads() < 300)
    }
  #endif
}
