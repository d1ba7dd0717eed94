/// How the numbers of a row depend on one another under an ``Activation``.
public enum Coupling: Sendable, Equatable {
  /// Each number by itself.
  case separable
  /// Consecutive groups of this many numbers; the row's length must be a multiple of it.
  case groups(of: Int)
  /// The whole row.
  case row
}
