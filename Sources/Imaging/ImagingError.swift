/// An operator, noise or method that cannot be made as asked.
public enum ImagingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was to be made (`Noise.gaussian`), the parameter's label, what was given, and what would be
  /// accepted (`a finite number >= 0`).
  case parameter(of: String, name: String, value: Double, admissible: String)
  /// Parts that do not go together, and what to do instead.
  case unsuitable(String)

  /// One sentence: what is wrong and what would be accepted.
  public var description: String {
    switch self {
    case .parameter(let whole, let name, let value, let admissible):
      "\(whole): \(name) = \(value), but \(name) must be \(admissible)"
    case .unsuitable(let sentence): sentence
    }
  }

  /// Refuses `value` unless the condition holds and the value is finite.
  static func require(
    _ condition: Bool, _ whole: String, _ name: String, _ value: Double, _ admissible: String
  ) throws(ImagingError) {
    guard condition && value.isFinite else {
      throw .parameter(of: whole, name: name, value: value, admissible: admissible)
    }
  }

  /// Refuses a count below `least`.
  static func require(
    _ count: Int, atLeast least: Int, _ whole: String, _ name: String
  ) throws(ImagingError) {
    try require(count >= least, whole, name, Double(count), "at least \(least)")
  }
}
