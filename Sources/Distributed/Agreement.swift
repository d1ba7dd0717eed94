import Lifted

/// What is wrong on every rank alike, or has been made known to every rank: one of them may say so, and all end
/// in good order.
public struct AgreedError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One line.
  public let description: String
  /// The rank that it came from.
  public let rank: Int

  public init(_ description: String, rank: Int = 0) {
    (self.description, self.rank) = (description, rank)
  }
}

extension Communicator {
  /// What `body` gives, once it has worked on every rank; the error of the first rank on which it has not.
  /// - Throws: ``AgreedError`` on all ranks, ``CommunicationError``.
  public func inAgreement<Result>(_ body: () throws -> Result) throws -> Result {
    let outcome = Swift.Result { try body() }
    var failure: String?
    if case .failure(let error) = outcome { failure = "\(error)" }
    let first = try allReduce([failure == nil ? size : rank], by: .minimum)[0]
    if first < size {
      let text = try broadcast(Array((failure ?? "").utf8), from: first)
      throw AgreedError(String(decoding: text, as: UTF8.self), rank: first)
    }
    return try outcome.get()
  }

  /// Makes what has gone wrong on some ranks everyone's error: that of the first of them. A number is sent, and
  /// the error where there is one.
  /// - Parameter failure: what has gone wrong on this rank.
  /// - Throws: ``Lifted/SolverError`` on all ranks alike, ``CommunicationError``.
  public func agree(on failure: SolverError?) throws {
    let first = try allReduce([failure == nil ? size : rank], by: .minimum)[0]
    if first < size, let failure = try broadcast(value: failure, from: first) { throw failure }
  }

  /// Checks that all ranks have the same text.
  /// - Throws: ``AgreedError`` on all ranks if not, saying which `what` differs; ``CommunicationError``.
  public func requireSame(_ text: String, _ what: String) throws {
    let root = String(decoding: try broadcast(Array(text.utf8)), as: UTF8.self)
    try inAgreement {
      guard root == text else {
        throw AgreedError("rank \(rank) has another \(what) than rank 0; give all the same")
      }
    }
  }
}
