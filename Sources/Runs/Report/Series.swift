/// One curve of a chart.
struct Series: Sendable {
  /// A point; either coordinate may be not a number, which breaks the line.
  struct Point: Sendable {
    var x: Double
    var y: Double
  }

  /// The most points that are drawn.
  static let mostPoints = 400

  /// Name in the legend.
  var name: String
  /// Colour.
  var tint: Tint
  /// How the line is broken.
  var stroke = Stroke.solid
  /// Whether the line is one of several behind another one.
  var isThin = false
  /// Points from left to right.
  var points: [Point]

  /// Points that have a place on paper.
  var finitePoints: [Point] {
    points.filter { abs($0.x) <= Axis.largest && abs($0.y) <= Axis.largest }
  }

  /// The points to draw: all, or of each of equal groups the lowest and the highest.
  var thinnedPoints: [Point] {
    guard points.count > Self.mostPoints else { return points }
    let size = (2 * points.count + Self.mostPoints - 1) / Self.mostPoints
    return stride(from: 0, to: points.count, by: size).flatMap { start -> [Point] in
      let group = start..<min(start + size, points.count)
      let finite = group.filter { points[$0].y.isFinite }
      guard let low = finite.min(by: { points[$0].y < points[$1].y }),
        let high = finite.max(by: { points[$0].y < points[$1].y })
      else { return [points[start]] }
      return low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
    }
  }
}
