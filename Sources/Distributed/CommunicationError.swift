/// Why ranks cannot work together, in one line.
public enum CommunicationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A rank has ended or gives no sign of life.
  case lost(rank: Int, seconds: Double)
  /// A rank has not come to its end, where the next has waited for it.
  case late(rank: Int, seconds: Double)
  /// All ranks wait for one another.
  case standstill(seconds: Double)
  /// Another rank has given up, for a reason that it states itself.
  case abandoned(rank: Int)
  /// A buffer does not have the size that the others' have.
  case size(what: String, expected: Int, found: Int)
  /// The message-passing library refused a call.
  case library(call: String, reason: String)
  /// Ranks are asked for that cannot be had; says what to do.
  case unavailable(String)

  public var description: String {
    switch self {
    case .lost(let rank, let seconds):
      "rank \(rank) has given no sign of life for \(Self.end(after: seconds))"
    case .late(let rank, let seconds):
      "rank \(rank) has not come to its end, and the others have waited \(Self.end(after: seconds))"
    case .standstill(let seconds):
      "all ranks have waited for one another for \(Self.end(after: seconds))"
    case .abandoned(let rank): "rank \(rank) has given up, and so must all others"
    case .size(let what, let expected, let found):
      "\(what): a buffer of \(found) numbers where there must be \(expected)"
    case .library(let call, let reason): "MPI refused to \(call): \(reason)"
    case .unavailable(let reason): reason
    }
  }
  private static func end(after seconds: Double) -> String {
    "\(Int(seconds.rounded())) s; all ranks end, and the run can go on from its last checkpoint with lifted "
      + "resume"
  }
}
