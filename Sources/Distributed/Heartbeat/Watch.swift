/// How long ranks wait for one another.
struct Patience: Sendable {
  /// Seconds without a sign of life.
  let silence: Double
  /// Seconds that a rank at its end waits for the one before it, or that all wait for one another.
  let standstill: Double

  init(silence: Double) { (self.silence, standstill) = (silence, 30 * silence) }

  /// Seconds from one beat to the next.
  var interval: Double { min(silence / 20, 0.5) }
}

/// What a rank tells the next.
struct Sign: Equatable {
  enum Stage: Int { case working, atEnd, last }

  let stage: Stage
  /// How many ranks in a row, up to the one that speaks, have each waited for too long.
  let waiting: Int
}

/// What a rank makes of the signs of the one before it: whether that is lost, does not come to its end, or all
/// wait for one another.
///
/// All do when the count of those that wait has gone round: each wait is longer than a round takes, so that at
/// the round's start all were waiting, and nothing can have ended a wait since.
struct Watch {
  private let patience: Patience
  private let rank: Int
  private let size: Int
  private var last = 0.0
  private var previous = Sign(stage: .working, waiting: 0)
  private var silence = 0.0
  private var lateness = 0.0
  /// What to pass on, see ``Sign/waiting``.
  private(set) var waiting = 0

  init(_ patience: Patience, rank: Int, size: Int) {
    (self.patience, self.rank, self.size) = (patience, rank, size)
  }

  /// What is wrong, if anything.
  /// - Parameters:
  ///   - now: seconds since the start. Of a long pause little counts: a rank that was kept from
  ///     looking must not lay that at another's door.
  ///   - heard: the newest sign since the last look.
  ///   - stage: this rank's.
  ///   - waited: seconds for which this rank's work has waited.
  mutating func look(
    at now: Double, heard: Sign?, from stage: Sign.Stage, waited: Double
  ) -> CommunicationError? {
    let passed = min(now - last, 2 * patience.interval)
    last = now
    silence = heard == nil ? silence + passed : 0
    previous = heard ?? previous
    lateness = stage != .working && previous.stage == .working ? lateness + passed : 0
    waiting = waited > patience.standstill ? previous.waiting + 1 : 0
    let before = (rank + size - 1) % size
    if silence > patience.silence { return .lost(rank: before, seconds: silence) }
    if lateness > patience.standstill { return .late(rank: before, seconds: lateness) }
    if rank == 0, waiting >= size { return .standstill(seconds: waited) }
    return nil
  }
}
