/// The CRC-32C (Castagnoli) checksum of RFC 3720, and its masked form in TensorBoard's framing.
enum CRC32C {
  /// The checksum of some bytes. Cost: one table look-up a byte.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8)
    }
  }

  /// `rotate(checksum, right: 15) + 0xa282ead8`, so that a checksum of data that itself holds
  /// checksums stays sound.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let crc = checksum(bytes)
    return ((crc >> 15) | (crc << 17)) &+ 0xa282_ead8
  }

  /// Remainders of all bytes modulo the reflected polynomial `0x82f63b78`.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in (crc >> 1) ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
  }
}
