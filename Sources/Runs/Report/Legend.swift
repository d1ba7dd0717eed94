/// Names of curves beside samples of their lines.
struct Legend {
  /// The curves.
  let series: [Series]

  /// The list; nothing for no curves.
  var html: HTML {
    guard !series.isEmpty else { return "" }
    let items = series.map { curve -> HTML in "<li>\(curve.key)\(curve.name)</li>" }
    return "<ul class=\"legend\">\(items)</ul>"
  }
}

extension Series {
  /// The style classes of the line.
  var lineClass: String { "line \(stroke.rawValue)\(isThin ? " thin" : "")" }

  /// A sample of the line.
  var key: HTML {
    """
    <svg class="key" viewBox="0 0 26 10" aria-hidden="true"><line x1="1" y1="5" x2="25" \
    y2="5" class="\(lineClass)" style="\(tint.style)"/></svg>
    """
  }
}
