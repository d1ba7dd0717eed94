import Foundation

/// Curves over two logarithmic axes, as a piece of SVG.
struct PlanPanel {
  /// A curve: its name, colour, whether it is dashed, and its points from left to right.
  struct Curve {
    let name: String
    let colour: String
    let isDashed: Bool
    let points: [(x: Double, y: Double)]

    private var stroke: String {
      "fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\""
        + (isDashed ? " stroke-dasharray=\"6 4\"" : "")
    }

    func path(_ place: ((x: Double, y: Double)) -> (x: Double, y: Double)) -> String {
      let steps = points.map { point -> String in
        let (x, y) = place(point)
        return String(format: "%.1f %.1f", x, y)
      }
      return "<path \(stroke) d=\"M\(steps.joined(separator: "L"))\"/>"
    }

    /// A sample of the line, with its name.
    func key(x: Double, y: Double) -> String {
      "<path \(stroke) d=\"M\(x) \(y - 4)h26\"/><text x=\"\(x + 32)\" y=\"\(y)\">\(name)</text>"
    }
  }

  let title: String
  let curves: [Curve]
  /// Size with title and labels.
  static let (width, height) = (330.0, 250.0)
  private static let (left, right, top, bottom) = (50.0, 18.0, 26.0, 26.0)

  /// The panel, its upper left corner at a place.
  func svg(x: Double, y: Double) -> String {
    let xs = curves.flatMap { $0.points.map { log10($0.x) } }
    let ys = curves.flatMap { $0.points.map { log10($0.y) } }
    guard let low = ys.min(), let high = ys.max(), let first = xs.min(), let last = xs.max() else {
      return ""
    }
    let (floor, ceiling) = (low.rounded(.down), high.rounded(.up))
    let spanX = max(last - first, 1e-9)
    let (innerWidth, innerHeight) = (
      Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom
    )
    func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
      (
        Self.left + (log10(point.x) - first) / spanX * innerWidth,
        Self.top + (ceiling - log10(point.y)) / (ceiling - floor) * innerHeight
      )
    }
    let decades = stride(from: floor, through: ceiling, by: 1).map { decade -> String in
      let height = place((1, pow(10, decade))).y
      return "<path stroke=\"#ddd\" d=\"M\(Self.left) \(height)h\(innerWidth)\"/>"
        + "<text x=\"\(Self.left - 6)\" y=\"\(height + 4)\" text-anchor=\"end\">"
        + "\(Self.seconds(decade))</text>"
    }
    let nodes = curves.first?.points.map(\.x) ?? []
    let labels = nodes.map { node -> String in
      "<text x=\"\(place((node, 1)).x)\" y=\"\(Self.height - 8)\" text-anchor=\"middle\">"
        + "\(Int(node))</text>"
    }
    return "<g transform=\"translate(\(x) \(y))\">"
      + "<text x=\"\(Self.left)\" y=\"16\" font-weight=\"bold\">\(title)</text>"
      + (decades + labels + curves.map { $0.path(place) }).joined(separator: "\n") + "</g>"
  }

  private static func seconds(_ decade: Double) -> String {
    switch Int(decade) {
    case ..<(-3): "\(Int(pow(10, decade + 6).rounded())) us"
    case ..<0: "\(Int(pow(10, decade + 3).rounded())) ms"
    default: "\(Int(pow(10, decade).rounded())) s"
    }
  }
}
