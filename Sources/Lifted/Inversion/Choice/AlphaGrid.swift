import RealModule

/// Weights in geometric progression, from the largest to the smallest: the order in which warm starts pay.
public struct AlphaGrid: Sendable, Equatable {
  /// The weights, falling.
  public let alphas: [Double]

  /// - Parameters:
  ///   - largest: the first, `> smallest`.
  ///   - smallest: the last, `> 0`.
  ///   - count: how many, at least 2.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(from largest: Double, to smallest: Double, count: Int) throws(SolverError) {
    try SolverError.requirePositive(smallest, "smallest")
    guard largest > smallest, largest.isFinite else {
      throw .outOfRange(
        parameter: "largest", value: largest, admissible: "finite and greater than \(smallest)")
    }
    guard count >= 2 else {
      throw .outOfRange(parameter: "count", value: Double(count), admissible: "at least 2")
    }
    let step = Double.log(smallest / largest) / Double(count - 1)
    alphas = (0..<count).map { largest * .exp(Double($0) * step) }
  }
}
