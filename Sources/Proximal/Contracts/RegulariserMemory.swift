import Tensors

/// How long an iterated proximal map goes on; closed forms take no notice.
public enum ProxEffort: Sendable, Equatable {
  /// A number of iterations, at least 1: for outer loops, which come back with nearly the same problem.
  case iterations(Int)
  /// Until a duality gap proves that the root mean square error of a row is at most the given number, in
  /// the units of the data; or after so many iterations.
  case accuracy(Double, atMost: Int = 2000)

  /// The most iterations.
  var most: Int {
    switch self {
    case .iterations(let count), .accuracy(_, atMost: let count): count
    }
  }

  /// The gap at which a row of `columns` numbers ends: `1/2 ||error||^2 <= gap`.
  func gap(columns: Int) -> Double {
    switch self {
    case .iterations: 0
    case .accuracy(let accuracy, _): Double(columns) * accuracy * accuracy / 2
    }
  }
}

/// What an iterated proximal map keeps from call to call, and how far it is to go.
public struct RegulariserMemory<S: TensorScalar>: Sendable, Equatable {
  /// How long the map iterates.
  public var effort: ProxEffort
  /// Dual variables and the like, as the regulariser likes; empty at first.
  public var tensors: [Tensor<S>] = []
  /// Of each row, a proven bound of `1/2 ||u - prox||^2` at the last call; `+infinity` if none is known,
  /// empty if none was looked for, as in closed forms.
  public internal(set) var gaps: [Double] = []

  /// The most iterations that a row took at the last call.
  public internal(set) var iterations = 0

  /// Nothing kept yet.
  public init(_ effort: ProxEffort = .iterations(10)) { self.effort = effort }

  mutating func note(gaps: [Double], iterations: Int) {
    (self.gaps, self.iterations) = (gaps, iterations)
  }

  /// The kept tensors if they have these shapes, else zeros.
  func kept(_ shapes: [Int]...) -> [Tensor<S>] {
    tensors.map(\.shape) == shapes ? tensors : shapes.map { Tensor(shape: $0) }
  }
}
