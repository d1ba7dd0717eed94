/// Names beside the ends of curves, moved apart where they would cover one another.
struct EndLabels {
  /// Where a curve ends, and the curve.
  struct End {
    let series: Series
    let x: Double
    let y: Double
  }

  /// The ends, in any order.
  let ends: [End]
  /// Where names start.
  let left: Double
  /// The heights between which names stand.
  let heights: ClosedRange<Double>

  /// Least distance of two names; smaller where there is no room for it.
  private var spacing: Double {
    min(15, (heights.upperBound - heights.lowerBound) / Double(max(1, ends.count - 1)))
  }

  /// A height for each end, from top to bottom, as near to its curve as the others allow.
  var placed: [(end: End, height: Double)] {
    let sorted = ends.sorted { $0.y < $1.y }
    var lowest = heights.lowerBound
    let pushedDown = sorted.map { end -> Double in
      let height = max(end.y, lowest)
      lowest = height + spacing
      return height
    }
    var highest = heights.upperBound
    let pushedUp = pushedDown.reversed().map { height -> Double in
      let height = min(height, highest)
      highest = height - spacing
      return height
    }
    return zip(sorted, pushedUp.reversed()).map { ($0, $1) }
  }

  /// The names, each with a hairline to its curve.
  var html: HTML {
    let labels = placed.map { end, height -> HTML in
      let name = end.series.name
      let short = name.count > 24 ? name.prefix(23) + "\u{2026}" : name[...]
      return """
        <g style="\(end.series.tint.style)"><path class="leader" \
        d="M\(at: end.x) \(at: end.y)L\(at: left - 4) \(at: height)"/>\
        <text class="end" x="\(at: left)" y="\(at: height + 4)">\(String(short))</text></g>
        """
    }
    return "\(labels)"
  }
}
