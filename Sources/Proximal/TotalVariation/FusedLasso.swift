import Tensors

/// `argmin_u 1/2 ||u - v||^2 + lambda sum_i |u_{i+1} - u_i|` of a signal, exactly.
///
/// With `f_i(x)` the least of all terms up to `i` where `u_i = x`, the derivative `f_i'` is piecewise linear
/// and increasing, and
///
///     f_{i+1}'(x) = x - v_{i+1} + max(-lambda, min(f_i'(x), lambda))
///
/// It is cut off at `low_i` and `high_i`, where it is `-lambda` and `lambda`; backwards from the root of the
/// last one, `u_i = max(low_i, min(u_{i+1}, high_i))`. In `Double`. Cost: `O(count)`.
///
/// Source: Johnson, J. Computational and Graphical Statistics 22, 2013.
struct FusedLasso {
  let lambda: Double

  /// `slope x + offset`
  private struct Line {
    var slope = 0.0
    var offset = 0.0

    func root(at value: Double) -> Double { (value - offset) / slope }
    static func + (a: Line, b: Line) -> Line {
      Line(slope: a.slope + b.slope, offset: a.offset + b.offset)
    }
    static func - (a: Line, b: Line) -> Line {
      Line(slope: a.slope - b.slope, offset: a.offset - b.offset)
    }
  }

  /// Where the derivative turns, and by which line it grows to the right of that.
  private struct Knot {
    let x: Double
    let turn: Line
  }

  /// Replaces the `count` numbers of a signal by the answer.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  func solve<S: TensorScalar>(_ u: UnsafeMutablePointer<S>, _ count: Int) {
    guard count > 1 else { return }
    var bounds = [(low: Double, high: Double)](repeating: (0, 0), count: count - 1)
    // Of the 2 count knots at most, those in `first..<end` are in use.
    let none = Knot(x: 0, turn: Line())
    var knots = [Knot](repeating: none, count: 2 * count)
    var (first, end) = (count, count)
    var left = Line(slope: 1, offset: -Double(u[0]))
    var right = left
    for i in 1..<count {
      while first < end, left.slope * knots[first].x + left.offset < -lambda {
        left = left + knots[first].turn
        first += 1
      }
      let low = left.root(at: -lambda)
      while first < end, right.slope * knots[end - 1].x + right.offset > lambda {
        right = right - knots[end - 1].turn
        end -= 1
      }
      let high = right.root(at: lambda)
      bounds[i - 1] = (low, high)
      first -= 1
      knots[first] = Knot(x: low, turn: left - Line(offset: -lambda))
      knots[end] = Knot(x: high, turn: Line(offset: lambda) - right)
      end += 1
      let term = Line(slope: 1, offset: -Double(u[i]))
      (left, right) = (Line(offset: -lambda) + term, Line(offset: lambda) + term)
    }
    while first < end, left.slope * knots[first].x + left.offset < 0 {
      left = left + knots[first].turn
      first += 1
    }
    var x = left.root(at: 0)
    u[count - 1] = S(x)
    for i in stride(from: count - 2, through: 0, by: -1) {
      x = max(bounds[i].low, min(x, bounds[i].high))
      u[i] = S(x)
    }
  }
}
