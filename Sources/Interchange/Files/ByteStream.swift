import CZlib

/// Bytes of a file front to back, decompressed on the way: memory for a piece of the file, whatever its size.
final class ByteStream {
  private let source: ByteSource
  private let what: String
  private let unpacking: (state: UnsafeMutablePointer<z_stream>, wrapping: Inflater.Wrapping)?
  /// What has not been read of the source.
  private var ahead: Range<Int>
  private var piece: [UInt8] = []
  /// The part of the piece that has not been given away.
  private var unread = 0..<0
  private var hasEnded = false
  /// The CRC-32 of the bytes so far, if it is wanted.
  private(set) var checkSum: UInt?

  private static let pieceSize = 1 << 16

  /// - Parameters:
  ///   - source: the file.
  ///   - range: what of it is read, by default all.
  ///   - wrapping: how it is compressed, if it is.
  ///   - what: the compressed data, for errors.
  ///   - sums: whether to form a check sum.
  /// - Throws: ``FormatError`` where there is no memory.
  init(
    _ source: ByteSource, _ range: Range<Int>? = nil, unpacking wrapping: Inflater.Wrapping?,
    what: String = "the compressed data", sums: Bool = false
  ) throws(FormatError) {
    (self.source, ahead, self.what) = (source, range ?? 0..<source.count, what)
    checkSum = sums ? 0 : nil
    unpacking = wrapping.map { wrapping in
      let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      state.initialize(to: z_stream())
      return (state, wrapping)
    }
    guard let (state, wrapping) = unpacking else { return }
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(state, wrapping.rawValue, ZLIB_VERSION, size) == Z_OK else {
      throw damaged
    }
  }

  deinit {
    guard let unpacking else { return }
    inflateEnd(unpacking.state)
    unpacking.state.deallocate()
  }

  private var damaged: FormatError {
    FormatError(
      .corrupt, file: source.name, problem: "\(what) are damaged",
      remedy: "copy or download the file again")
  }

  /// The next bytes, `count` of them or fewer at the end.
  func next(_ count: Int) throws(FormatError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    return Array(bytes[try fill(&bytes, 0..<count)])
  }

  /// Passes over bytes; how many of them there were.
  func skip(_ count: Int) throws(FormatError) -> Int {
    var (passed, left) = ([UInt8](repeating: 0, count: min(count, Self.pieceSize)), count)
    while left > 0 {
      let found = try fill(&passed, 0..<min(left, passed.count)).count
      guard found > 0 else { break }
      left -= found
    }
    return count - left
  }

  /// Overwrites a range of bytes by the next ones; the part of it for which there were any.
  func fill(_ bytes: inout [UInt8], _ range: Range<Int>) throws(FormatError) -> Range<Int> {
    var place = range.lowerBound
    while place < range.upperBound, !hasEnded {
      if unread.isEmpty { try refill() }
      let room = place..<range.upperBound
      place += try unpacking == nil ? copy(into: &bytes, room) : unpack(into: &bytes, room)
    }
    if let sum = checkSum {
      checkSum = bytes.withUnsafeBufferPointer {
        crc32_z(sum, $0.baseAddress.map { $0 + range.lowerBound }, place - range.lowerBound)
      }
    }
    return range.lowerBound..<place
  }

  /// Some of `count` rows of `size` bytes each, ascending, and the stream past the others; nil if it ends before.
  func rows(_ rows: [Int], of count: Int, size: Int) throws(FormatError) -> [UInt8]? {
    var (bytes, filled, place) = ([UInt8](repeating: 0, count: rows.count * size), 0, 0)
    for row in rows {
      guard try skip((row - place) * size) == (row - place) * size,
        try fill(&bytes, filled..<(filled + size)).count == size
      else { return nil }
      (filled, place) = (filled + size, row + 1)
    }
    return try skip((count - place) * size) == (count - place) * size ? bytes : nil
  }

  private func copy(into bytes: inout [UInt8], _ room: Range<Int>) -> Int {
    let count = min(unread.count, room.count)
    let source = unread.lowerBound..<(unread.lowerBound + count)
    bytes.replaceSubrange(room.lowerBound..<(room.lowerBound + count), with: piece[source])
    unread = source.upperBound..<unread.upperBound
    hasEnded = count == 0
    return count
  }

  /// The next piece of the file; empty at its end.
  private func refill() throws(FormatError) {
    let next = ahead.prefix(Self.pieceSize)
    piece = try source.bytes(next)
    (unread, ahead) = (piece.indices, next.upperBound..<ahead.upperBound)
  }

  /// One call of zlib; bytes written. Members of a gzip file follow one another.
  private func unpack(into bytes: inout [UInt8], _ room: Range<Int>) throws(FormatError) -> Int {
    guard let (state, wrapping) = unpacking else { return 0 }
    guard !unread.isEmpty else {
      throw FormatError(.truncated, file: source.name, problem: "\(what) end too early")
    }
    let (given, most) = (unread, min(room.count, 1 << 30))
    let status = piece.withUnsafeMutableBufferPointer { piece in
      bytes.withUnsafeMutableBufferPointer { bytes in
        state.pointee.next_in = piece.baseAddress.map { $0 + given.lowerBound }
        state.pointee.avail_in = UInt32(given.count)
        state.pointee.next_out = bytes.baseAddress.map { $0 + room.lowerBound }
        state.pointee.avail_out = UInt32(most)
        return CZlib.inflate(state, Z_NO_FLUSH)
      }
    }
    unread = (given.upperBound - Int(state.pointee.avail_in))..<given.upperBound
    if status == Z_STREAM_END {
      if unread.isEmpty { try refill() }
      hasEnded = unread.isEmpty
    }
    let goesOn = status == Z_STREAM_END && wrapping == .gzip && inflateReset(state) == Z_OK
    guard status == Z_OK || hasEnded || goesOn else { throw damaged }
    return most - Int(state.pointee.avail_out)
  }
}
