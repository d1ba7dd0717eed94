/// The order in which a solver visits the layers' variables.
///
/// A layer's variable depends on its neighbours only, so odd layers can be updated side by side, then
/// even ones (``redBlack``): exactly Gauss-Seidel with two colours.
public enum Sweep: String, Sendable, Codable, CaseIterable {
  /// From the last layer to the first: the output's error reaches every layer in one sweep.
  case backward
  /// From the first to the last: the error moves back one layer a sweep.
  case forward
  /// All at once, from the old values. Not guaranteed to descend.
  case jacobi
  /// Odd layers at once, then even ones.
  case redBlack

  /// Whether layers wait for one another, whatever their number.
  var isSequential: Bool { self == .backward || self == .forward }

  /// Groups of variables in order; those of a group are updated at once.
  public func groups(of variables: [Int]) -> [[Int]] {
    switch self {
    case .backward: variables.sorted(by: >).map { [$0] }
    case .forward: variables.sorted().map { [$0] }
    case .jacobi: variables.isEmpty ? [] : [variables]
    case .redBlack:
      [1, 0].map { parity in variables.filter { $0 % 2 == parity } }.filter { !$0.isEmpty }
    }
  }
}
