import RealModule

/// The corner of the curve `(log B, log J)` over a falling `alpha`: the point of the greatest curvature where it
/// turns from steep to flat, by the circle through three neighbours.
///
/// It needs no noise level, and has no guarantee: as the noise goes to zero its choice need not converge. Compare
/// it with ``DiscrepancyPrinciple`` where there is one.
///
/// Source: Hansen, SIAM Review 34, 1992.
struct LCurve {
  private let points: [(x: Double, y: Double)?]

  init(_ trials: [AlphaTrial]) {
    points = trials.map {
      $0.fidelity > 0 && $0.regularity > 0 && ($0.fidelity * $0.regularity).isFinite
        ? (.log($0.fidelity), .log($0.regularity)) : nil
    }
  }

  /// The place of the corner; `nil` without one.
  var corner: Int? {
    let curvatures = points.indices.map { curvature(at: $0) }
    guard let best = curvatures.indices.max(by: { curvatures[$0] < curvatures[$1] }),
      curvatures[best] > 0
    else { return nil }
    return best
  }

  /// The signed curvature of the circle through a point and its neighbours, positive at a corner; 0 without.
  private func curvature(at i: Int) -> Double {
    guard i > 0, i + 1 < points.count, let a = points[i - 1], let b = points[i],
      let c = points[i + 1]
    else { return 0 }
    func distance(_ p: (x: Double, y: Double), _ q: (x: Double, y: Double)) -> Double {
      ((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y)).squareRoot()
    }
    // As alpha falls the curve comes from the right, flat, and turns up: clockwise.
    let turn = (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
    let sides = distance(a, b) * distance(b, c) * distance(a, c)
    return sides > 0 ? -2 * turn / sides : 0
  }
}
