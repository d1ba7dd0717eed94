import Proximal
import Tensors

/// A separable activation made of straight pieces.
protocol PiecewiseLinear: SeparableActivation {
  /// The pieces from left to right; they cover the line.
  var pieces: [LinearPiece] { get }
}

/// `sigma(u) = slope u + intercept` for `lower <= u <= upper`.
struct LinearPiece: Equatable {
  let lower, upper, slope, intercept: Double
}

extension Identity: PiecewiseLinear {
  var pieces: [LinearPiece] {
    [LinearPiece(lower: -.infinity, upper: .infinity, slope: 1, intercept: 0)]
  }
}

extension ReLU: PiecewiseLinear {
  var pieces: [LinearPiece] { kink(at: 0, leftSlope: 0) }
}

extension LeakyReLU: PiecewiseLinear {
  var pieces: [LinearPiece] { kink(at: 0, leftSlope: slope) }
}

extension NonnegativeSoftThreshold: PiecewiseLinear {
  var pieces: [LinearPiece] { kink(at: alpha, leftSlope: 0) }
}

extension SoftThreshold: PiecewiseLinear {
  var pieces: [LinearPiece] {
    [
      LinearPiece(lower: -.infinity, upper: -alpha, slope: 1, intercept: alpha),
      LinearPiece(lower: -alpha, upper: alpha, slope: 0, intercept: 0),
      LinearPiece(lower: alpha, upper: .infinity, slope: 1, intercept: -alpha),
    ]
  }
}

extension Clip: PiecewiseLinear {
  var pieces: [LinearPiece] {
    [
      LinearPiece(lower: -.infinity, upper: lower, slope: 0, intercept: lower),
      LinearPiece(lower: lower, upper: upper, slope: 1, intercept: 0),
      LinearPiece(lower: upper, upper: .infinity, slope: 0, intercept: upper),
    ]
  }
}

/// A kink at `(start, 0)` with slope 1 on the right.
private func kink(at start: Double, leftSlope: Double) -> [LinearPiece] {
  [
    LinearPiece(lower: -.infinity, upper: start, slope: leftSlope, intercept: -leftSlope * start),
    LinearPiece(lower: start, upper: .infinity, slope: 1, intercept: -start),
  ]
}

/// The scalar block `argmin_u 1/2 (x - sigma(u))^2 + ratio/2 (u - t)^2` of a piecewise linear `sigma`.
///
/// On a piece `sigma(u) = s u + c` it is a parabola with its minimum at
/// `(s (x - c) + ratio t)/(s^2 + ratio)`, moved into the piece; the least of the pieces' minima wins.
struct LinearPieces<T: TensorScalar> {
  private struct Piece {
    let lower, upper, slope, intercept, inverse: T
  }

  private let pieces: [Piece]
  private let ratio: T

  init(_ activation: any PiecewiseLinear, ratio: Double) {
    self.ratio = T(ratio)
    pieces = activation.pieces.map {
      Piece(
        lower: T($0.lower), upper: T($0.upper), slope: T($0.slope), intercept: T($0.intercept),
        inverse: T(1 / ($0.slope * $0.slope + ratio)))
    }
  }

  @inline(__always)
  func minimiser(_ x: T, _ t: T) -> T {
    var (best, least) = (t, T.infinity)
    for piece in pieces {
      let (slope, rest) = (piece.slope, x - piece.intercept)
      let u = min(max((slope * rest + ratio * t) * piece.inverse, piece.lower), piece.upper)
      let (miss, move) = (rest - slope * u, u - t)
      let value = miss * miss + ratio * (move * move)
      if value < least { (best, least) = (u, value) }
    }
    return best
  }
}
