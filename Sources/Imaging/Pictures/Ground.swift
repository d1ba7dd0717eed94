/// The points of a picture of leaves, and which are still uncovered.
struct Ground {
  private let leaves: DeadLeaves
  private let width: Int
  private let height: Int
  private var colours: [Float]
  private var isCovered: [Bool]
  private var uncovered: Int
  private var laid = 0

  init(_ leaves: DeadLeaves) {
    self.leaves = leaves
    (width, height) = (
      leaves.shape.width * leaves.oversampling, leaves.shape.height * leaves.oversampling
    )
    uncovered = width * height
    isCovered = Array(repeating: false, count: uncovered)
    colours = Array(repeating: 0.5, count: uncovered * leaves.shape.channels)
  }

  /// Whether leaves are missing: the last thousandth stays grey, and so does what a number of leaves
  /// like that of the points cannot reach.
  var isOpen: Bool { uncovered * 1000 > width * height && laid < 4 * width * height }

  mutating func lay(_ leaf: Leaf) {
    let scale = Double(leaves.oversampling)
    let (x, y, reach) = (leaf.x * scale, leaf.y * scale, leaf.reach * scale)
    guard x + reach > 0, y + reach > 0, x - reach < Double(width), y - reach < Double(height)
    else { return }
    let (top, bottom) = (max(Int(y - reach), 0), min(Int(y + reach), height - 1))
    let (first, last) = (max(Int(x - reach), 0), min(Int(x + reach), width - 1))
    guard top <= bottom, first <= last else { return }
    laid += 1
    for i in top...bottom {
      let dy = (Double(i) + 0.5 - y) / scale
      for j in first...last where !isCovered[i * width + j] {
        let dx = (Double(j) + 0.5 - x) / scale
        guard leaf.covers(dx, dy) else { continue }
        cover(i * width + j, leaf.colour, brighter: leaf.brighter(dx, dy))
      }
    }
  }

  private mutating func cover(_ point: Int, _ colour: [Float], brighter: Float) {
    isCovered[point] = true
    uncovered -= 1
    for (c, colour) in colour.enumerated() {
      colours[c * width * height + point] = min(max(colour + brighter, 0), 1)
    }
  }

  /// Means over the points of each pixel.
  func average(into x: UnsafeMutablePointer<Float>) {
    let (n, shape) = (leaves.oversampling, leaves.shape)
    for row in 0..<shape.channels * shape.height {
      for column in 0..<shape.width {
        var sum: Float = 0
        for i in 0..<n {
          for j in 0..<n { sum += colours[(row * n + i) * width + column * n + j] }
        }
        x[row * shape.width + column] = sum / Float(n * n)
      }
    }
  }
}
