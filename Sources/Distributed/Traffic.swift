import Synchronization

/// What a rank has given away: one message for each call that sends, of as many bytes as its buffer has.
///
/// Of a reduction that is the rank's own summands, of a broadcast the root's buffer, of a gathering the
/// rank's own part. How often a library passes them on to form a sum is its own affair.
public struct Traffic: Sendable, Equatable, Codable {
  /// Calls.
  public var messages: Int
  /// Bytes of their buffers.
  public var bytes: Int

  public init(messages: Int = 0, bytes: Int = 0) { (self.messages, self.bytes) = (messages, bytes) }

  /// What came between two looks.
  public static func - (later: Traffic, earlier: Traffic) -> Traffic {
    Traffic(messages: later.messages - earlier.messages, bytes: later.bytes - earlier.bytes)
  }
}

/// Counts ``Traffic``.
final class TrafficCounter: Sendable {
  private let messages = Atomic<Int>(0)
  private let bytes = Atomic<Int>(0)

  func add<T: Transferable>(_ count: Int, of type: T.Type) {
    messages.add(1, ordering: .relaxed)
    bytes.add(count * MemoryLayout<T>.stride, ordering: .relaxed)
  }

  var traffic: Traffic {
    Traffic(messages: messages.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed))
  }
}
