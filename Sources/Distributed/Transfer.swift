/// A transfer under way: the buffers it was started with are to be left alone until it is done.
public protocol Transfer: AnyObject {
  /// Whether it is done; asking helps a library to get on with it.
  /// - Throws: ``CommunicationError``.
  func isDone() throws(CommunicationError) -> Bool
  /// Returns when it is done.
  /// - Throws: ``CommunicationError``, ``CommunicationError/lost(rank:seconds:)`` in particular.
  func wait() throws(CommunicationError)
}

/// A transfer that was done at once.
final class DoneTransfer: Transfer {
  func isDone() -> Bool { true }
  func wait() {}
}
