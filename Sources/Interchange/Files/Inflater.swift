import CZlib

/// Decompresses DEFLATE streams through zlib, never beyond an announced size.
struct Inflater {
  /// What surrounds the compressed data.
  enum Wrapping: Int32 {
    /// A gzip file (RFC 1952): header, check sum and size; several members may follow each other.
    case gzip = 31
    /// Nothing, as inside a zip archive.
    case none = -15
  }

  /// Why a stream was refused.
  enum Failure: Error {
    case truncated, corrupt, tooLong
  }

  let wrapping: Wrapping

  /// No DEFLATE stream expands by more than this factor (RFC 1951: 258 bytes for 2 bits).
  static let mostExpansion = 1032

  /// Whether `compressed` bytes can hold `size` decompressed ones.
  static func canHold(_ size: Int, in compressed: Int) -> Bool {
    size / mostExpansion <= compressed
  }

  /// The first bytes of a stream, `count` of them or fewer if it is shorter.
  func prefix(_ count: Int, of input: ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
    try run(input, room: count)
  }

  /// The whole stream, which must hold exactly `size` bytes and end where `input` ends.
  func inflate(_ input: ArraySlice<UInt8>, size: Int) throws(Failure) -> [UInt8] {
    // One byte of room more than announced shows a stream that goes on.
    let output = try run(input, room: size + 1)
    guard output.count <= size else { throw .tooLong }
    guard output.count == size else { throw .truncated }
    return output
  }

  /// Output until the room is full or, check sum and all, the stream ends.
  private func run(_ input: ArraySlice<UInt8>, room: Int) throws(Failure) -> [UInt8] {
    var failure: Failure?
    let output = input.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: room) { target, filled in
        do throws(Failure) {
          var stream = try Stream(wrapping, source: source)
          try stream.fill(target, &filled)
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    return output
  }
}

/// A zlib stream over input that stays in place.
private struct Stream: ~Copyable {
  /// On the heap: zlib keeps its address.
  private let state: UnsafeMutablePointer<z_stream>
  private let wrapping: Inflater.Wrapping
  private let source: UnsafeBufferPointer<UInt8>
  private var consumed = 0

  init(
    _ wrapping: Inflater.Wrapping, source: UnsafeBufferPointer<UInt8>
  ) throws(Inflater.Failure) {
    self.wrapping = wrapping
    self.source = source
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(state, wrapping.rawValue, ZLIB_VERSION, size) == Z_OK else {
      throw .corrupt
    }
  }

  deinit {
    inflateEnd(state)
    state.deallocate()
  }

  /// Fills `target` from `filled` on, up to its end or that of the stream and the input.
  mutating func fill(
    _ target: UnsafeMutableBufferPointer<UInt8>, _ filled: inout Int
  ) throws(Inflater.Failure) {
    while filled < target.count {
      let status = step(target, &filled)
      if status == Z_STREAM_END {
        if consumed == source.count { return }
        guard wrapping == .gzip, inflateReset(state) == Z_OK else { throw .corrupt }
      } else if status == Z_BUF_ERROR {
        throw .truncated
      } else if status != Z_OK {
        throw .corrupt
      }
    }
  }

  /// One call of zlib on at most 1 GiB of input and output, as its counters have 32 bits.
  private mutating func step(
    _ target: UnsafeMutableBufferPointer<UInt8>, _ filled: inout Int
  ) -> Int32 {
    let given = min(source.count - consumed, 1 << 30)
    let room = min(target.count - filled, 1 << 30)
    state.pointee.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
    state.pointee.avail_in = UInt32(given)
    state.pointee.next_out = target.baseAddress.map { $0 + filled }
    state.pointee.avail_out = UInt32(room)
    let status = CZlib.inflate(state, Z_NO_FLUSH)
    consumed += given - Int(state.pointee.avail_in)
    filled += room - Int(state.pointee.avail_out)
    return status
  }
}
