import Foundation
import Synchronization

/// A sign of life from each rank to the next, several times within the timeout, by a thread of its own: a
/// rank that works for long beats, one that has died or hangs does not.
///
/// Rank `p` listens to rank `p - 1`, so that one rank says what is wrong with another, and then ends all.
final class Heartbeat: Sendable {
  private let communicator: any Communicator
  private let patience: Patience
  private let waited: @Sendable () -> Double
  private let lament: @Sendable (String) -> Void
  private let stage = Atomic<Int>(Sign.Stage.working.rawValue)
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - communicator: of its own, at least two ranks.
  ///   - patience: how long ranks wait for one another.
  ///   - waited: seconds for which this rank's work has waited for others, 0 while it does not.
  ///   - lament: what to do with the line that says what is wrong, before the end.
  init(
    _ communicator: any Communicator, _ patience: Patience,
    waited: @escaping @Sendable () -> Double, lament: @escaping @Sendable (String) -> Void
  ) {
    (self.communicator, self.patience) = (communicator, patience)
    (self.waited, self.lament) = (waited, lament)
  }

  func start() {
    Thread { [self] in
      beat()
      ended.signal()
    }.start()
  }

  /// From here on this rank has nothing left to do but to wait until the others have not, either.
  func comeToEnd() { go(to: .atEnd) }

  /// Stops when the neighbours do; to be called when every rank is about to.
  func stop() {
    go(to: .last)
    ended.wait()
  }

  /// Ends this process, unless it has ended by itself within two timeouts: the last ranks still to wait for one
  /// another do so where hearts beat no more, and those that do have had their say. The first rank of those
  /// that are left speaks.
  func alarm(_ what: String) {
    let seconds = 2 * patience.silence
    let turn = min(Double(communicator.rank) * patience.interval, seconds)
    Thread { [lament] in
      Thread.sleep(forTimeInterval: seconds + turn)
      lament(
        "\(what) within \(Int(seconds)) s, though the work is done: a rank hangs; all ranks end")
      _exit(EXIT_FAILURE)
    }.start()
  }

  private func go(to stage: Sign.Stage) {
    self.stage.store(stage.rawValue, ordering: .sequentiallyConsistent)
  }

  private func beat() {
    let start = SuspendingClock.now
    var pulse = Pulse(communicator)
    var watch = Watch(patience, rank: communicator.rank, size: communicator.size)
    while true {
      let stage =
        Sign.Stage(rawValue: stage.load(ordering: .sequentiallyConsistent)) ?? .working
      let heard = try? pulse.beat(Sign(stage: stage, waiting: watch.waiting))
      if pulse.hasEnded { return }
      let now = (SuspendingClock.now - start) / .seconds(1)
      if let problem = watch.look(at: now, heard: heard, from: stage, waited: waited()) {
        lament(problem.description)
        return communicator.abandon(status: EXIT_FAILURE)
      }
      Thread.sleep(forTimeInterval: stage == .last ? 0.002 : patience.interval)
    }
  }
}
