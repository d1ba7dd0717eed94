import Foundation
import Synchronization

/// Ctrl-C, SIGTERM and SIGUSR1: remembered, so that a training stops after its present step.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Whether a signal has come.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// The exit status of a program ended by the signal that came; 75, "try again", after SIGUSR1, by which
  /// batch systems ask for room, and where several ranks end of which one has got the signal.
  static func exitStatus(ranks: Int = 1) -> Int32 {
    let number = received.load(ordering: .relaxed)
    return ranks > 1 || number == SIGUSR1 ? EX_TEMPFAIL : 128 + number
  }

  /// Starts to listen, where a training is about to begin; before, a signal ends the program at once,
  /// and so does a second one of the same kind.
  static func listen() {
    // Touched here, so that a handler never is the first to: it could not wait for the value.
    received.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGUSR1] {
      signal(number) { number in
        Interruption.received.store(number, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
