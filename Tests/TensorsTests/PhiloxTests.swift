import Tensors
import Testing

@Suite struct PhiloxTests {
  struct Vector: Sendable {
    let counter: SIMD4<UInt32>
    let key: UInt64
    let words: SIMD4<UInt32>
  }

  /// The known answers that accompany Random123 for philox4x32-10.
  static let published = [
    Vector(counter: .zero, key: 0, words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    Vector(
      counter: .init(repeating: .max), key: .max,
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    Vector(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: 0x299f_31d0_a409_3822,
      words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]

  @Test("Philox gives the published words", arguments: published)
  func knownAnswers(_ vector: Vector) {
    #expect(Philox(key: vector.key).block(vector.counter) == vector.words)
  }

  @Test("Index and lane fill the counter from its low word up")
  func counterLayout() {
    let philox = Philox(key: 0x1234_5678_9abc_def0)
    #expect(
      philox.block(0x0000_0002_0000_0001, lane: 0x0000_0004_0000_0003)
        == philox.block([1, 2, 3, 4]))
  }
}
