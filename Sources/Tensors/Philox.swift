/// The counter-based generator Philox4x32-10: a keyed bijection on 128-bit counters.
///
/// Number `i` of a stream is a pure function of key and counter, so any part of a stream can be made
/// in any order, by any thread, or again after a restart.
///
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public struct Philox: Sendable, Equatable {
  /// The 64-bit key: one key, one stream.
  public let key: UInt64

  /// The generator of a key.
  public init(key: UInt64) { self.key = key }

  /// The four 32-bit words at a counter. Cost: ten rounds of two multiplications.
  public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var words = counter
    var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    for _ in 0..<10 {
      let p0 = 0xD251_1F53 * UInt64(words[0])
      let p1 = 0xCD9E_8D57 * UInt64(words[2])
      words = [
        UInt32(truncatingIfNeeded: p1 >> 32) ^ words[1] ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ words[3] ^ k1, UInt32(truncatingIfNeeded: p0),
      ]
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return words
  }

  /// The four words of block `index` of sub-stream `lane`.
  public func block(_ index: UInt64, lane: UInt64 = 0) -> SIMD4<UInt32> {
    block([
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
      UInt32(truncatingIfNeeded: lane), UInt32(truncatingIfNeeded: lane >> 32),
    ])
  }
}
