import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: remembered, so that a training stops after its present step.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Whether a signal has come.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// The exit status of a program ended by the signal that came.
  static var exitStatus: Int32 { 128 + received.load(ordering: .relaxed) }

  /// Starts to listen. A second Ctrl-C ends the program at once.
  static func listen() {
    // A limit on file sizes then shows as an error of the write, as a full disk does.
    signal(SIGXFSZ, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interruption.received.store(number, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
