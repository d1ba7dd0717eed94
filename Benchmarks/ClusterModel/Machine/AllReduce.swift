/// How sums over ranks are formed; both move `2 (p-1)/p N` bytes from each of `p` ranks.
public enum AllReduce: String, Codable, CaseIterable, Sendable {
  /// Pieces go round a ring: `2 (p-1)/p N/B + 2 (p-1) L`.
  ///
  /// Source: Patarasuk and Yuan, Journal of Parallel and Distributed Computing 69, 2009.
  case ring
  /// Halves are exchanged, then doubled: `2 (p-1)/p N/B + 2 ceil(log2 p) L`.
  ///
  /// Source: Thakur, Rabenseifner and Gropp, International Journal of High Performance Computing
  /// Applications 19, 2005.
  case halving

  /// Rounds of messages, each of which waits for the one before.
  func rounds(ranks p: Int) -> Int {
    switch self {
    case .ring: 2 * (p - 1)
    case .halving: 2 * (p <= 1 ? 0 : Int.bitWidth - (p - 1).leadingZeroBitCount)
    }
  }
}
