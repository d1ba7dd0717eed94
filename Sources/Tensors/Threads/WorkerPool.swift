import CVectorMath
import Foundation

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

  private let crew: Crew

  /// A pool of `threads` threads; `threads - 1` are started now and end with the pool.
  public init(threads: Int) {
    precondition(threads >= 1, "a pool needs at least one thread, not \(threads)")
    _ = BLAS.runsSingleThreaded
    self.threads = threads
    let team = Team(threads: threads)
    crew = .team(team)
    for helper in 1..<threads {
      let thread = Thread { team.serve(as: helper) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// The pool that a branch is lent: its loops are shared with whoever has nothing else to do.
  private init(_ branch: Branch, threads: Int) {
    self.threads = threads
    crew = .branch(branch)
  }

  deinit {
    if case .team(let team) = crew { team.dismiss() }
  }

  /// The processors of this machine.
  public static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Runs `body(0)`, …, `body(count - 1)`, in any order and at the same time, and returns when all
  /// are done. Pieces must not write to the same place. Callers on several threads take turns. Not
  /// re-entrant: a `body` that calls the same pool would wait for itself and traps, with any number
  /// of threads and pieces. It may call another pool, whose own `body` must not call this one.
  public func forEach(_ count: Int, _ body: (Int) -> Void) {
    let outer = vm_working_for()
    let mark: UnsafeRawPointer
    switch crew {
    case .team(let team):
      precondition(
        !team.isWorkedFor(by: outer), "forEach was called within a body of the same pool")
      mark = team.mark
    case .branch(let branch):
      precondition(
        outer == branch.mark, "a branch's pool was used outside the branch, or within its own loop")
      mark = branch.loopMark
    }
    vm_work_for(mark)
    defer { vm_work_for(outer) }
    guard threads > 1, count > 1 else {
      for piece in 0..<max(count, 0) { body(piece) }
      return
    }
    withoutActuallyEscaping(body) { body in
      switch crew {
      case .team(let team): team.run(Loop(count: count, threads: threads, body: body))
      case .branch(let branch): branch.run(Loop(count: count, threads: 1, body: body))
      }
    }
  }

  /// Runs `body` on every element, side by side, each with a pool for loops of its own, and returns
  /// when all are done.
  ///
  /// What an element's loops leave to do, threads without an element of their own help with: elements
  /// and the pieces of their loops are one schedule. Loops are cut as ever, so that results are those
  /// of one element after the other, bit for bit, with any number of threads. The lent pool belongs to
  /// the call of `body` it is given to; using it elsewhere traps, and so does the pool itself
  /// within `body`, and a branch that branches again.
  /// - Throws: what `body` throws on the first element for which it does; the others are done all the same.
  public func concurrently<Element, Failure: Error>(
    _ elements: inout [Element],
    _ body: (_ index: Int, _ element: inout Element, _ pool: WorkerPool) throws(Failure) -> Void
  ) throws(Failure) {
    guard case .team(let team) = crew else {
      preconditionFailure("a branch cannot branch again; use forEach")
    }
    let outer = vm_working_for()
    precondition(
      !team.isWorkedFor(by: outer), "concurrently was called within a body of the same pool")
    let branches = (0..<threads).map { Branch(of: team, thread: $0) }
    let pools = branches.map { WorkerPool($0, threads: threads) }
    var failures = [Failure?](repeating: nil, count: elements.count)
    elements.withUnsafeMutableBufferPointer { elements in
      failures.withUnsafeMutableBufferPointer { failures in
        let run = { (index: Int, thread: Int) in
          let working = vm_working_for()
          vm_work_for(branches[thread].mark)
          defer { vm_work_for(working) }
          do throws(Failure) {
            try body(index, &elements[index], pools[thread])
          } catch {
            failures[index] = error
          }
        }
        withoutActuallyEscaping(run) { run in
          let loop = BranchLoop(count: elements.count, branches: branches, body: run)
          if threads > 1 { team.run(loop) } else { loop.work(as: 0) }
        }
      }
    }
    if let failure = failures.lazy.compactMap(\.self).first { throw failure }
  }

  /// Whose threads work on a loop: the pool's own, or those that a branch shares with others.
  private enum Crew {
    case team(Team)
    case branch(Branch)
  }
}
