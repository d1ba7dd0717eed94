/// What is wrong with a machine, a network or a schedule, in one sentence.
public struct ModelError: Error, Equatable, CustomStringConvertible {
  /// The sentence.
  public let description: String

  init(_ description: String) { self.description = description }

  static func require(_ value: Double, _ name: String) throws(ModelError) {
    guard value >= 0, value.isFinite else {
      throw ModelError("\(name) is \(value); it must be a number of at least 0")
    }
  }

  static func requirePositive(_ value: Int, _ name: String) throws(ModelError) {
    guard value >= 1 else { throw ModelError("\(name) is \(value); it must be at least 1") }
  }
}
