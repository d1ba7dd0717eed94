import Tensors

/// Why a solver could not be built or could not go on.
public enum SolverError: Error, Equatable, Codable, CustomStringConvertible {
  /// A number lies outside its admissible range.
  case outOfRange(parameter: String, value: Double, admissible: String)
  /// Parts that do not go together, and what to do instead.
  case unsuitable(String)
  /// A shape that does not fit the network.
  case shape(ShapeError)
  /// A matrix that must be positive definite is not: the data hold infinite or undefined numbers.
  case notPositiveDefinite(what: String)

  /// One sentence: what is wrong and what would be accepted.
  public var description: String {
    switch self {
    case .outOfRange(let parameter, let value, let admissible):
      "\(parameter) is \(value); it must be \(admissible)"
    case .unsuitable(let sentence): sentence
    case .shape(let error): error.description
    case .notPositiveDefinite(let what):
      "\(what) is not positive definite: the iteration has diverged; use a smaller step or tau"
    }
  }

  /// Checks `value > 0` and finite.
  static func requirePositive(_ value: Double, _ parameter: String) throws(SolverError) {
    guard value > 0, value.isFinite else {
      throw .outOfRange(
        parameter: parameter, value: value, admissible: "a finite number greater than 0")
    }
  }

  /// Checks `lower < value < upper`.
  static func requireInside(
    _ value: Double, _ lower: Double, _ upper: Double, _ parameter: String
  ) throws(SolverError) {
    guard value > lower, value < upper else {
      throw .outOfRange(
        parameter: parameter, value: value,
        admissible: "greater than \(lower) and less than \(upper)")
    }
  }

  /// Checks `range.contains(value)`.
  static func require(
    _ value: Double, in range: ClosedRange<Double>, _ parameter: String
  ) throws(SolverError) {
    guard range.contains(value) else {
      throw .outOfRange(
        parameter: parameter, value: value,
        admissible: "between \(range.lowerBound) and \(range.upperBound)")
    }
  }

  /// Checks that a number of steps between two events is at least 1.
  static func requireInterval(_ steps: Int, _ parameter: String) throws(SolverError) {
    guard steps < 1 else { return }
    throw .outOfRange(parameter: parameter, value: Double(steps), admissible: "at least 1")
  }
}
