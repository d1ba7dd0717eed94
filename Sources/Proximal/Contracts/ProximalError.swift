/// A parameter outside its admissible range, or two functions that do not go together.
public enum ProximalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The function that was to be made (`SoftThreshold`), the parameter's label (`alpha`), what was
  /// given, and what would be accepted (`a finite number >= 0`).
  case parameter(function: String, name: String, value: Double, admissible: String)
  /// A regulariser whose joint prox with an activation is not known, and what it needs.
  case incompatible(String, with: String, needs: String)
  /// Rows of a length that a regulariser cannot take, and the lengths that it can.
  case columns(Int, of: String, needs: String)

  /// `SoftThreshold: alpha = -1.0, but alpha must be a finite number >= 0`
  public var description: String {
    switch self {
    case .parameter(let function, let name, let value, let admissible):
      "\(function): \(name) = \(value), but \(name) must be \(admissible)"
    case .incompatible(let regulariser, let activation, let needs):
      "\(regulariser) does not go with \(activation): it needs \(needs)"
    case .columns(let columns, of: let regulariser, let needs):
      "\(regulariser): rows of \(columns) numbers, but it needs \(needs)"
    }
  }

  /// Refuses `value` unless the condition holds and the value is finite.
  static func require(
    _ condition: Bool, _ function: String, _ name: String, _ value: Double, _ admissible: String
  ) throws(ProximalError) {
    guard condition && value.isFinite else {
      throw .parameter(function: function, name: name, value: value, admissible: admissible)
    }
  }
}
