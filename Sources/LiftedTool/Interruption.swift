import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: remembered, so that a training stops after its present step.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Whether a signal has come.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// The exit status of a program ended by the signal that came.
  static var exitStatus: Int32 { 128 + received.load(ordering: .relaxed) }

  /// Starts to listen, where a training is about to begin; before, a signal ends the program at once,
  /// and so does a second one of the same kind.
  static func listen() {
    // Touched here, so that a handler never is the first to: it could not wait for the value.
    received.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interruption.received.store(number, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
