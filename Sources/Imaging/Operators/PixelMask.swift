import Tensors

/// Which pixels, or frequencies, are known.
public struct PixelMask: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Pixels of a row.
  public let width: Int
  /// Row by row, whether each is known.
  public let known: [Bool]

  /// A mask given row by row; there must be `height * width` entries.
  public init(height: Int, width: Int, known: [Bool]) {
    precondition(known.count == height * width, "\(known.count) entries for \(height) x \(width)")
    (self.height, self.width, self.known) = (height, width, known)
  }

  /// The part of all pixels that is known, in [0, 1].
  public var fraction: Double { Double(known.count { $0 }) / Double(max(known.count, 1)) }

  /// Each pixel known with probability `fraction`, independently.
  /// - Throws: ``ImagingError`` unless `fraction` is in [0, 1].
  public static func random(
    height: Int, width: Int, fraction: Double, from stream: inout RandomStream
  ) throws(ImagingError) -> PixelMask {
    try requireFraction(fraction)
    return PixelMask(
      height: height, width: width,
      known: (0..<height * width).map { _ in stream.uniform() < fraction })
  }

  /// Each row known or unknown as a whole, with probability `fraction`; the `central` middle rows are
  /// always known. As a mask of frequencies with the origin at the centre, the lines of a magnetic
  /// resonance scan: see ``FourierUndersampling``.
  /// - Throws: ``ImagingError`` unless `fraction` is in [0, 1].
  public static func rows(
    height: Int, width: Int, fraction: Double, central: Int = 0, from stream: inout RandomStream
  ) throws(ImagingError) -> PixelMask {
    try requireFraction(fraction)
    let first = (height - central) / 2
    let rows = (0..<height).map { row in
      let isKnown = stream.uniform() < fraction
      return isKnown || (row >= first && row < first + central)
    }
    return PixelMask(
      height: height, width: width, known: rows.flatMap { Array(repeating: $0, count: width) })
  }

  /// Lines of writing are unknown: strokes of random letter-like polylines, `size` pixels high, in
  /// lines over the whole picture. Some 80 % stay known.
  /// - Throws: ``ImagingError`` unless `size >= 5`.
  public static func text(
    height: Int, width: Int, size: Int = 12, from stream: inout RandomStream
  ) throws(ImagingError) -> PixelMask {
    try ImagingError.require(size, atLeast: 5, "PixelMask.text", "size")
    var page = Page(height: height, width: width, pen: max(Double(size) / 16, 0.5))
    let (advance, leading) = (size * 3 / 4, size * 3 / 2)
    for top in stride(from: size / 4, to: height, by: leading) {
      for left in stride(from: size / 4, to: width, by: advance) where stream.uniform() < 0.85 {
        page.letter(left: left, top: top, width: size / 2, height: size, from: &stream)
      }
    }
    return PixelMask(height: height, width: width, known: page.isBlank)
  }

  private static func requireFraction(_ fraction: Double) throws(ImagingError) {
    try ImagingError.require(
      (0...1).contains(fraction), "PixelMask", "fraction", fraction, "between 0 and 1")
  }
}

/// What strokes leave blank.
private struct Page {
  let height: Int
  let width: Int
  /// Half the thickness of a stroke.
  let pen: Double
  var isBlank: [Bool]

  init(height: Int, width: Int, pen: Double) {
    (self.height, self.width, self.pen) = (height, width, pen)
    isBlank = Array(repeating: true, count: height * width)
  }

  /// A polyline through four corners or edge middles of the letter's box.
  mutating func letter(
    left: Int, top: Int, width: Int, height: Int, from stream: inout RandomStream
  ) {
    func corner(_ stream: inout RandomStream) -> (x: Double, y: Double) {
      let (i, j) = (Int(stream.next() % 3), Int(stream.next() % 3))
      return (Double(left) + Double(i * width) / 2, Double(top) + Double(j * height) / 2)
    }
    var start = corner(&stream)
    for _ in 0..<3 {
      let end = corner(&stream)
      stroke(from: start, to: end)
      start = end
    }
  }

  private mutating func stroke(from a: (x: Double, y: Double), to b: (x: Double, y: Double)) {
    let steps = Int(max(abs(b.x - a.x), abs(b.y - a.y)) * 2) + 1
    for step in 0...steps {
      let t = Double(step) / Double(steps)
      dot(x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y))
    }
  }

  private mutating func dot(x: Double, y: Double) {
    for row in Int((y - pen).rounded())...Int((y + pen).rounded()) {
      for column in Int((x - pen).rounded())...Int((x + pen).rounded())
      where (0..<height).contains(row) && (0..<width).contains(column) {
        isBlank[row * width + column] = false
      }
    }
  }
}
