import Tensors

/// A regulariser that can say, of an answer, which of its numbers it holds together or in place: the face of `J`
/// that the answer lies on. With that face kept, the measurements can be fitted without its bias.
///
/// - `||u||_1` holds zeros in place,
/// - a box holds numbers at its bounds,
/// - total variation holds neighbours together that do not differ.
///
/// Source: Brinkmann, Burger, Rasch and Sutour, Journal of Mathematical Imaging and Vision 59, 2017.
public protocol TiedRegulariser: Regulariser {
  /// Adds the ties of a row of `count` numbers; numbers that differ by no more than `tolerance` count as equal.
  func tie<S: TensorScalar>(
    _ ties: inout Ties, of u: UnsafePointer<S>, count: Int, tolerance: Double)
}

/// Numbers that move together, and numbers that do not move.
public struct Ties: Sendable {
  private var parents: [Int]
  private var isFixed: [Bool]

  /// No ties among `count` numbers.
  public init(count: Int) {
    parents = Array(0..<count)
    isFixed = Array(repeating: false, count: count)
  }

  /// Holds two numbers together.
  public mutating func join(_ i: Int, _ j: Int) {
    let (i, j) = (root(i), root(j))
    guard i != j else { return }
    // The smaller place wins, so that labels follow the order of the numbers.
    let (root, child) = (min(i, j), max(i, j))
    parents[child] = root
    isFixed[root] = isFixed[root] || isFixed[child]
  }

  /// Holds a number, and all that are tied to it, in place.
  public mutating func fix(_ i: Int) { isFixed[root(i)] = true }

  private mutating func root(_ i: Int) -> Int {
    var i = i
    while parents[i] != i {
      parents[i] = parents[parents[i]]
      i = parents[i]
    }
    return i
  }

  /// The group of each number, `0 ..< groups`; `nil` for a number in place.
  public mutating func labels() -> (of: [Int?], groups: Int) {
    var names = [Int?](repeating: nil, count: parents.count)
    var groups = 0
    let labels = parents.indices.map { i -> Int? in
      let root = root(i)
      guard !isFixed[root] else { return nil }
      if names[root] == nil {
        names[root] = groups
        groups += 1
      }
      return names[root]
    }
    return (labels, groups)
  }
}
