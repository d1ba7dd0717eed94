import Foundation
import Synchronization
import Tensors
import Testing

/// Elements worked on side by side, each with a pool for loops of its own.
@Suite struct BranchTests {
  private struct Odd: Error, Equatable { let index: Int }

  @Test("Every element is visited once and every piece of its loops runs once", arguments: 1...4)
  func everyPieceOnce(_ threads: Int) {
    let pool = WorkerPool(threads: threads)
    for count in 0..<60 {
      var visits = Array(repeating: [Int](repeating: 0, count: 23), count: count % 7)
      pool.concurrently(&visits) { _, visits, pool in
        for _ in 0..<3 {
          visits.withUnsafeMutableBufferPointer { visits in
            pool.forEach(visits.count) { visits[$0] += 1 }
          }
        }
      }
      #expect(visits.allSatisfy { $0.allSatisfy { $0 == 3 } })
    }
  }

  @Test("An idle thread helps with the loop of a branch")
  func helps() {
    let pool = WorkerPool(threads: 2)
    var one = [0]
    // Each of the two pieces waits for the other: they end only if two threads run them.
    let running = Atomic<Int>(0)
    pool.concurrently(&one) { _, done, pool in
      pool.forEach(2) { _ in
        running.add(1, ordering: .acquiringAndReleasing)
        while running.load(ordering: .acquiring) < 2 { usleep(50) }
      }
      done = 1
    }
    #expect(one == [1])
  }

  @Test("Products within branches have the bits of products one after the other", arguments: 1...4)
  func sameBits(_ threads: Int) {
    var stream = RandomStream(seed: 3, .synthesis)
    let factors = (0..<5).map { Tensor<Float>.normal(shape: [96 + 32 * $0, 200], from: &stream) }
    typealias Body = (Int, inout Tensor<Float>, WorkerPool) -> Void
    func squares(_ each: (inout [Tensor<Float>], Body) -> Void) -> [Tensor<Float>] {
      var results = factors.map { Tensor<Float>(shape: [$0.rows, $0.rows]) }
      each(&results) { k, result, pool in
        let n = factors[k].rows
        factors[k].withPointer { a in
          result.withMutablePointer {
            pool.product(.plain(a), .transposed(a), into: $0, m: n, n: n, k: 200)
          }
        }
      }
      return results
    }
    let alone = WorkerPool(threads: 1)
    let pool = WorkerPool(threads: threads)
    let expected = squares { results, body in
      for k in results.indices { body(k, &results[k], alone) }
    }
    #expect(squares { pool.concurrently(&$0, $1) } == expected)
  }

  @Test(
    "The first element's error is thrown, and the others are done all the same", arguments: [1, 3])
  func errors(_ threads: Int) {
    let pool = WorkerPool(threads: threads)
    var done = [Bool](repeating: false, count: 8)
    #expect(throws: Odd(index: 1)) {
      try pool.concurrently(&done) { index, done, _ throws(Odd) in
        done = true
        if index % 2 == 1 { throw Odd(index: index) }
      }
    }
    #expect(done.allSatisfy { $0 })
    // The pool works on.
    pool.concurrently(&done) { _, done, pool in pool.forEach(1) { _ in done = false } }
    #expect(done.allSatisfy { !$0 })
  }

  @Test("Callers on several threads take turns")
  func turns() async {
    let pool = WorkerPool(threads: 3)
    let sums = await withTaskGroup(of: [Int].self) { group in
      for _ in 0..<3 {
        group.addTask {
          var sums = [Int](repeating: 0, count: 50)
          pool.concurrently(&sums) { index, sum, _ in sum = index }
          return sums
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == Array(repeating: Array(0..<50), count: 3))
  }

  @Test("Misuse ends the process: the pool itself, a branch of a branch, a lent pool elsewhere")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      alarm(20)
      let pool = WorkerPool(threads: 2)
      var one = [0, 0]
      pool.concurrently(&one) { _, _, _ in pool.forEach(1) { _ in } }
    }
    await #expect(processExitsWith: .failure) {
      alarm(20)
      let pool = WorkerPool(threads: 2)
      var one = [0, 0]
      pool.concurrently(&one) { _, _, lent in
        var inner = [0]
        lent.concurrently(&inner) { _, _, _ in }
      }
    }
    await #expect(processExitsWith: .failure) {
      alarm(20)
      var (one, kept) = ([0], nil as WorkerPool?)
      WorkerPool(threads: 1).concurrently(&one) { _, _, lent in kept = lent }
      kept?.forEach(1) { _ in }
    }
    await #expect(processExitsWith: .failure) {
      alarm(20)
      var one = [0]
      WorkerPool(threads: 1).concurrently(&one) { _, _, lent in
        lent.forEach(1) { _ in lent.forEach(1) { _ in } }
      }
    }
    await #expect(processExitsWith: .failure) {
      alarm(20)
      let pool = WorkerPool(threads: 1)
      var one = [0]
      pool.forEach(1) { _ in pool.concurrently(&one) { _, _, _ in } }
    }
  }
}
