import Foundation

extension ImageGrid {
  /// The rows of pictures, embedded in the page, and what their captions mean.
  var html: HTML { "\(rows.map(row))\(remark)" }

  private func row(_ row: ImageGrid.Row) -> HTML {
    let label: HTML = row.label.isEmpty ? "" : "<span class=\"row-label\">\(row.label)</span>"
    let columns: HTML =
      row.label.isEmpty
      ? "" : " in-columns\" style=\"--columns:\(max(9, row.pictures.count))"
    return """
      <div class="pictures\(columns)">\(label)\(row.pictures.map { picture($0, in: row) })</div>
      """
  }

  private func picture(_ picture: ImageGrid.Picture, in row: ImageGrid.Row) -> HTML {
    let mark: HTML =
      switch picture.isCorrect {
      case true?: "<b class=\"right\" title=\"correct\">\u{2713}</b> "
      case false?: "<b class=\"wrong\" title=\"wrong\">\u{2717}</b> "
      case nil: ""
      }
    let words = [row.label, picture.caption].filter { !$0.isEmpty }.joined(separator: ", ")
    return """
      <figure><img alt="\(words)" \
      src="data:image/png;base64,\(picture.png.base64EncodedString())">\
      <figcaption>\(mark)\(picture.caption)</figcaption></figure>
      """
  }

  private var remark: HTML {
    guard let metric else { return "" }
    let range = dataRange.map { range in
      ", for data in [\(FigureText.shortest(range.lowerBound)), "
        + "\(FigureText.shortest(range.upperBound))]"
    }
    return "<p class=\"missing\">Under each picture: \(metric)\(range ?? "").</p>"
  }
}
