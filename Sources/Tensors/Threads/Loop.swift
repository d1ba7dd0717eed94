import Synchronization

/// One loop: its pieces and how far they have been handed out.
class Loop: @unchecked Sendable {
  let count: Int
  private let body: (Int) -> Void
  private let shares: [Share]
  private let finished = Atomic<Int>(0)

  init(count: Int, threads: Int, body: @escaping (Int) -> Void) {
    self.count = count
    self.body = body
    shares = (0..<threads).map {
      Share(($0 * count / threads)..<(($0 + 1) * count / threads))
    }
  }

  /// Runs one piece.
  func perform(_ piece: Int, as thread: Int) { body(piece) }

  /// Works on the thread's own pieces, then on what is left of the others', until none is.
  func work(as thread: Int) {
    for offset in shares.indices {
      let share = shares[(thread + offset) % shares.count]
      while let piece = share.next() {
        perform(piece, as: thread)
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
