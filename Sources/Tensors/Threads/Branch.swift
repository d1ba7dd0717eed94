import CVectorMath
import Synchronization

/// Where a thread that works on a branch of ``WorkerPool/concurrently(_:_:)`` offers the pieces of the
/// branch's loops to the others.
final class Branch: @unchecked Sendable {
  /// What a thread within the branch's body is known by, and one within a loop of it.
  let mark: UnsafeRawPointer
  let loopMark: UnsafeRawPointer

  private let isOpen = Atomic<Bool>(false)
  private let inside = Atomic<Int>(0)
  /// Written by the owner before `isOpen` is set, read by helpers while they are inside and it is.
  nonisolated(unsafe) private var loop: Loop?

  init(of team: Team, thread: Int) {
    mark = team.mark(ofBranch: thread)
    loopMark = team.mark
  }

  /// Runs a loop to its end, together with who comes to help.
  func run(_ loop: Loop) {
    self.loop = loop
    isOpen.store(true, ordering: .sequentiallyConsistent)
    loop.work(as: 0)
    isOpen.store(false, ordering: .sequentiallyConsistent)
    while !loop.isDone || inside.load(ordering: .sequentiallyConsistent) > 0 { vm_pause() }
    self.loop = nil
  }

  /// Works on the present loop, if there is one.
  func help() {
    guard isOpen.load(ordering: .relaxed) else { return }
    inside.add(1, ordering: .sequentiallyConsistent)
    if isOpen.load(ordering: .sequentiallyConsistent), let loop { loop.work(as: 0) }
    inside.subtract(1, ordering: .sequentiallyConsistent)
  }
}

/// The loop over branches: a thread that finds no branch left helps with the loops of those that run.
final class BranchLoop: Loop, @unchecked Sendable {
  private let branches: [Branch]
  private let branch: (_ index: Int, _ thread: Int) -> Void

  init(count: Int, branches: [Branch], body: @escaping (Int, Int) -> Void) {
    (self.branches, branch) = (branches, body)
    super.init(count: count, threads: branches.count) { _ in }
  }

  override func perform(_ piece: Int, as thread: Int) { branch(piece, thread) }

  override func work(as thread: Int) {
    super.work(as: thread)
    let outer = vm_working_for()
    vm_work_for(branches[thread].loopMark)
    defer { vm_work_for(outer) }
    while !isDone {
      for other in branches { other.help() }
      vm_pause()
    }
  }
}
