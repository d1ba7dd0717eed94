import CVectorMath
import Foundation
import Synchronization

/// The helpers' side of a ``WorkerPool``.
final class Team: @unchecked Sendable {
  /// One byte for the team and one for each thread's branch: their addresses are what a thread is known by.
  private let marks: UnsafeMutableRawBufferPointer
  private let generation = Atomic<Int>(0)
  private let inside = Atomic<Int>(0)
  private let dismissed = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let wake = NSCondition()
  /// Held by the caller whose loop runs.
  private let turn = NSLock()
  /// Written by the caller before `generation` grows, read by helpers after they see it grow.
  nonisolated(unsafe) private var loop: Loop?

  /// Rounds of spinning before a helper sleeps: about 4 ms.
  private static let patience = 200_000

  init(threads: Int) { marks = .allocate(byteCount: threads + 1, alignment: 1) }

  deinit { marks.deallocate() }

  /// What a thread that works on a loop of this team is known by.
  var mark: UnsafeRawPointer { UnsafeRawPointer(marks.baseAddress!) }

  /// What one within the body of a branch is known by.
  func mark(ofBranch thread: Int) -> UnsafeRawPointer { mark + 1 + thread }

  /// Whether a thread known by `mark` works for this team.
  func isWorkedFor(by mark: UnsafeRawPointer?) -> Bool {
    mark.map { $0 >= self.mark && $0 < self.mark + marks.count } ?? false
  }

  func run(_ loop: Loop) {
    turn.lock()
    defer { turn.unlock() }
    self.loop = loop
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      wake.lock()
      wake.broadcast()
      wake.unlock()
    }
    loop.work(as: 0)
    // Helpers may still hold the loop: wait for the last piece and for everyone to have left.
    while !loop.isDone { vm_pause() }
    generation.add(1, ordering: .sequentiallyConsistent)
    while inside.load(ordering: .sequentiallyConsistent) > 0 { vm_pause() }
    self.loop = nil
  }

  /// Odd generations have a loop, even ones have none.
  func serve(as thread: Int) {
    vm_work_for(mark)
    var seen = 0
    while let current = next(after: seen) {
      seen = current
      inside.add(1, ordering: .sequentiallyConsistent)
      if generation.load(ordering: .sequentiallyConsistent) == current, let loop {
        loop.work(as: thread)
      }
      inside.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Waits for a generation with a loop, newer than `seen`; `nil` when the pool has been dismissed.
  private func next(after seen: Int) -> Int? {
    for _ in 0..<Self.patience {
      if let current = ready(after: seen) { return current }
      if dismissed.load(ordering: .relaxed) { return nil }
      vm_pause()
    }
    wake.lock()
    defer { wake.unlock() }
    sleepers.add(1, ordering: .sequentiallyConsistent)
    defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
    while !dismissed.load(ordering: .sequentiallyConsistent) {
      if let current = ready(after: seen) { return current }
      wake.wait()
    }
    return nil
  }

  private func ready(after seen: Int) -> Int? {
    let current = generation.load(ordering: .sequentiallyConsistent)
    return current > seen && current % 2 == 1 ? current : nil
  }

  func dismiss() {
    wake.lock()
    dismissed.store(true, ordering: .sequentiallyConsistent)
    wake.broadcast()
    wake.unlock()
  }
}
