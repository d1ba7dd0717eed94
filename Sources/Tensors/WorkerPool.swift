import CVectorMath
import Foundation
import Synchronization

/// A fixed team of threads that runs the pieces of a loop.
///
/// Each thread, the calling one included, has its share of the pieces: the same ones whenever a loop of
/// as many pieces comes again, so that what it works on is still in its cache. Whoever is through with
/// its share helps the others. How work is cut into pieces is the caller's business and must not
/// depend on ``threads``: then results are the same, bit for bit, for any number of threads.
///
/// The threads spin for a few milliseconds after a loop and then sleep, so that loops in quick
/// succession start within microseconds and an idle program uses no processor.
public final class WorkerPool: Sendable {
  /// Threads that work on a loop, the caller included; at least 1.
  public let threads: Int

  private let team: Team

  /// A pool of `threads` threads; `threads - 1` are started now and end with the pool.
  public init(threads: Int) {
    precondition(threads >= 1, "a pool needs at least one thread, not \(threads)")
    _ = BLAS.runsSingleThreaded
    self.threads = threads
    team = Team(helpers: threads - 1)
    for helper in 1..<threads {
      let thread = Thread { [team] in team.serve(as: helper) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { team.dismiss() }

  /// The processors of this machine.
  public static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Runs `body(0)`, …, `body(count - 1)`, in any order and at the same time, and returns when all
  /// are done. Pieces must not write to the same place. Callers on several threads take turns. Not
  /// re-entrant: a `body` that calls the same pool would wait for itself and traps, with any number
  /// of threads and pieces. It may call another pool, whose own `body` must not call this one.
  public func forEach(_ count: Int, _ body: (Int) -> Void) {
    let outer = vm_working_for()
    precondition(outer != team.mark, "forEach was called within a body of the same pool")
    vm_work_for(team.mark)
    defer { vm_work_for(outer) }
    guard threads > 1, count > 1 else {
      for piece in 0..<max(count, 0) { body(piece) }
      return
    }
    withoutActuallyEscaping(body) { team.run(Job(count: count, threads: threads, body: $0)) }
  }
}

/// One loop: its pieces and how far they have been handed out.
private final class Job: @unchecked Sendable {
  let count: Int
  let body: (Int) -> Void
  private let shares: [Share]
  private let finished = Atomic<Int>(0)

  init(count: Int, threads: Int, body: @escaping (Int) -> Void) {
    self.count = count
    self.body = body
    shares = (0..<threads).map {
      Share(($0 * count / threads)..<(($0 + 1) * count / threads))
    }
  }

  /// Works on the thread's own pieces, then on what is left of the others', until none is.
  func work(as thread: Int) {
    for offset in shares.indices {
      let share = shares[(thread + offset) % shares.count]
      while let piece = share.next() {
        body(piece)
        finished.add(1, ordering: .releasing)
      }
    }
  }

  var isDone: Bool { finished.load(ordering: .acquiring) == count }
}

/// Consecutive pieces of a loop, handed out one by one.
private final class Share: Sendable {
  private let upcoming: Atomic<Int>
  private let end: Int

  init(_ pieces: Range<Int>) {
    upcoming = Atomic(pieces.lowerBound)
    end = pieces.upperBound
  }

  func next() -> Int? {
    let piece = upcoming.add(1, ordering: .relaxed).oldValue
    return piece < end ? piece : nil
  }
}

/// The helpers' side of a ``WorkerPool``.
private final class Team: @unchecked Sendable {
  private let helpers: Int
  private let generation = Atomic<Int>(0)
  private let inside = Atomic<Int>(0)
  private let dismissed = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let wake = NSCondition()
  /// Held by the caller whose loop runs.
  private let turn = NSLock()
  /// Written by the caller before `generation` grows, read by helpers after they see it grow.
  nonisolated(unsafe) private var job: Job?

  /// Rounds of spinning before a helper sleeps: about 4 ms.
  private static let patience = 200_000

  init(helpers: Int) { self.helpers = helpers }

  /// What a thread that works for this team is known by.
  var mark: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

  func run(_ job: Job) {
    turn.lock()
    defer { turn.unlock() }
    self.job = job
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      wake.lock()
      wake.broadcast()
      wake.unlock()
    }
    job.work(as: 0)
    // Helpers may still hold the job: wait for the last piece and for everyone to have left.
    while !job.isDone { vm_pause() }
    generation.add(1, ordering: .sequentiallyConsistent)
    while inside.load(ordering: .sequentiallyConsistent) > 0 { vm_pause() }
    self.job = nil
  }

  /// Odd generations have a job, even ones have none.
  func serve(as thread: Int) {
    vm_work_for(mark)
    var seen = 0
    while let current = next(after: seen) {
      seen = current
      inside.add(1, ordering: .sequentiallyConsistent)
      if generation.load(ordering: .sequentiallyConsistent) == current, let job {
        job.work(as: thread)
      }
      inside.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Waits for a generation with a job, newer than `seen`; `nil` when the pool has been dismissed.
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
