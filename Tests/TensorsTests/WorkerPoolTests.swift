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

  @Test("A piece that runs a loop on its own pool ends the process instead of waiting for ever")
  func withinItself() async {
    // One thread would not wait, but the mistake is the same.
    await #expect(processExitsWith: .failure) {
      let pool = WorkerPool(threads: 1)
      pool.forEach(1) { _ in pool.forEach(1) { _ in } }
    }
    // The alarm ends what waits for ever, with a signal of its own.
    for signal in [await Self.callerWithinItself, await Self.helperWithinItself] {
      #expect(signal != nil && signal != .signal(SIGALRM))
    }
  }

  private static var callerWithinItself: ExitStatus? {
    get async {
      await #expect(processExitsWith: .failure) {
        alarm(20)
        let pool = WorkerPool(threads: 2)
        pool.forEach(2) { _ in pool.forEach(2) { _ in } }
      }?.exitStatus
    }
  }

  /// The caller's piece waits for that of the helper, which runs the loop.
  private static var helperWithinItself: ExitStatus? {
    get async {
      await #expect(processExitsWith: .failure) {
        alarm(20)
        let (pool, caller) = (WorkerPool(threads: 2), pthread_self())
        let hasHelped = Atomic<Bool>(false)
        pool.forEach(2) { _ in
          if pthread_equal(pthread_self(), caller) == 0 {
            pool.forEach(2) { _ in }
            hasHelped.store(true, ordering: .releasing)
          } else {
            while !hasHelped.load(ordering: .acquiring) { usleep(100) }
          }
        }
      }?.exitStatus
    }
  }

  @Test("After a loop, and within a loop of another pool, a pool can be used again")
  func notWithinItself() {
    let (outer, inner) = (WorkerPool(threads: 1), WorkerPool(threads: 1))
    outer.forEach(2) { _ in
      for _ in 0..<2 { #expect(visits(3, on: inner) == [1, 1, 1]) }
    }
    #expect(visits(3, on: outer) == [1, 1, 1] && visits(2, on: inner) == [1, 1])
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
