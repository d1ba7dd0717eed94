/// Names of curves beside samples of their lines.
struct Legend {
  /// The curves.
  let series: [Series]

  /// The list; nothing for no curves.
  var html: HTML {
    guard !series.isEmpty else { return "" }
    let items = series.map { curve -> HTML in
      """
      <li><svg class="key" viewBox="0 0 26 10" aria-hidden="true"><line x1="1" y1="5" x2="25" \
      y2="5" class="\(curve.lineClass)" style="\(curve.tint.style)"/></svg>\(curve.name)</li>
      """
    }
    return "<ul class=\"legend\">\(items)</ul>"
  }
}

extension Series {
  /// The style class of the line.
  var lineClass: String { isDashed ? "line dashed" : "line" }
}
