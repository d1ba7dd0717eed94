import Foundation

/// What ranks that are threads of one process leave for one another.
///
/// A collective call is a round: every rank leaves its bytes under the number of the round, takes
/// everyone's, and the last to do so clears it away.
final class Exchange: @unchecked Sendable {
  struct Route: Hashable { let from, to, tag: Int }
  struct Letter: Hashable { let route: Route, number: Int }
  enum Awaited { case round(Int), letter(Letter) }
  private struct Round {
    var left: [Int: [UInt8]] = [:]
    var taken = 0
  }

  let size: Int
  private let patience: Double
  private let change = NSCondition()
  private var rounds: [Int: Round] = [:]
  private var mail: [Letter: [UInt8]] = [:]
  private var parts: [[Int]: Exchange] = [:]
  private var lost: CommunicationError?

  init(size: Int, patience: Double) { (self.size, self.patience) = (size, patience) }

  func leave(_ bytes: [UInt8], by rank: Int, round: Int) {
    locked { rounds[round, default: Round()].left[rank] = bytes }
  }

  func leave(_ bytes: [UInt8], as letter: Letter) { locked { mail[letter] = bytes } }

  /// What a rank waits for, if it is there: everyone's bytes of a round, in the order of the ranks, or
  /// those of one letter.
  func take(_ awaited: Awaited) -> [[UInt8]]? { locked { found(awaited) } }

  private func found(_ awaited: Awaited) -> [[UInt8]]? {
    switch awaited {
    case .letter(let letter): return mail.removeValue(forKey: letter).map { [$0] }
    case .round(let number):
      guard let round = rounds[number], round.left.count == size else { return nil }
      rounds[number]?.taken += 1
      if round.taken + 1 == size { rounds[number] = nil }
      return (0..<size).map { round.left[$0] ?? [] }
    }
  }

  /// The same object for all ranks of a part.
  func part(_ key: [Int], size: Int) -> Exchange {
    locked {
      if let part = parts[key] { return part }
      let part = Exchange(size: size, patience: patience)
      part.lost = lost
      parts[key] = part
      return part
    }
  }

  /// Makes everyone who waits throw.
  func give(up reason: CommunicationError) {
    let parts = locked {
      lost = lost ?? reason
      return Array(self.parts.values)
    }
    for part in parts { part.give(up: reason) }
  }

  /// The same when it is there; throws when that takes too long or the others have been told to end.
  func wait(for awaited: Awaited, from rank: Int) throws(CommunicationError) -> [[UInt8]] {
    let end = Date(timeIntervalSinceNow: patience)
    change.lock()
    defer { change.unlock() }
    while true {
      if let found = found(awaited) {
        change.broadcast()
        return found
      }
      if let lost { throw lost }
      guard change.wait(until: end) else { throw .lost(rank: rank, seconds: patience) }
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    change.lock()
    defer {
      change.broadcast()
      change.unlock()
    }
    return body()
  }
}
