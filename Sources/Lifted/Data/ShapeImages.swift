import Tensors

/// A small synthetic data set that needs no file: noisy 16 x 16 pictures of six shapes.
///
/// Each picture shows a disc, ring, square, cross, horizontal or vertical bar of random size and place,
/// on a background with some noise; the label is the shape. Good enough to see methods work and differ
/// within seconds.
public enum ShapeImages {
  /// Width and height in pixels.
  public static let side = 16
  /// Number of shapes.
  public static let classes = 6
  /// What the labels stand for.
  public static let names = ["disc", "ring", "square", "cross", "bar across", "bar down"]

  /// `count` pictures with labels; the same seed, the same pictures. `lane` separates training from test.
  public static func make(count: Int, seed: UInt64, lane: UInt64) -> (
    bytes: [UInt8], labels: [UInt8]
  ) {
    (
      pixels(of: 0..<count, seed: seed, lane: lane), labels(count: count, seed: seed, lane: lane)
    )
  }

  /// The labels alone of the first `count` pictures.
  public static func labels(count: Int, seed: UInt64, lane: UInt64) -> [UInt8] {
    (0..<count).map { index in
      var stream = stream(of: index, seed, lane)
      return label(from: &stream)
    }
  }

  /// Some of the pictures, one after another.
  public static func pixels(
    of pictures: some Sequence<Int>, seed: UInt64, lane: UInt64
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pictures.underestimatedCount * side * side)
    for index in pictures {
      var stream = stream(of: index, seed, lane)
      let label = Int(label(from: &stream))
      let picture = Picture(label: label, from: &stream)
      for y in 0..<side {
        for x in 0..<side {
          let value = picture.value(x: Double(x), y: Double(y)) + 0.15 * stream.normal()
          bytes.append(UInt8(min(max(value, 0), 1) * 255))
        }
      }
    }
    return bytes
  }

  private static func stream(of index: Int, _ seed: UInt64, _ lane: UInt64) -> RandomStream {
    RandomStream(seed: seed, .synthesis, lane: lane << 32 | UInt64(index))
  }

  private static func label(from stream: inout RandomStream) -> UInt8 {
    UInt8(stream.next() % UInt64(classes))
  }

  private struct Picture {
    let label: Int
    let (centreX, centreY, radius, contrast): (Double, Double, Double, Double)

    init(label: Int, from stream: inout RandomStream) {
      self.label = label
      radius = 3 + 2.5 * stream.uniform()
      centreX = 5.5 + 4 * stream.uniform()
      centreY = 5.5 + 4 * stream.uniform()
      contrast = 0.4 + 0.4 * stream.uniform()
    }

    /// Brightness before noise.
    func value(x: Double, y: Double) -> Double {
      let (dx, dy) = (abs(x - centreX), abs(y - centreY))
      let distance = (dx * dx + dy * dy).squareRoot()
      let inside =
        switch label {
        case 0: distance <= radius
        case 1: abs(distance - radius) <= 1
        case 2: max(dx, dy) <= radius * 0.85
        case 3: min(dx, dy) <= 1 && max(dx, dy) <= radius
        case 4: dy <= 1.2 && dx <= radius * 1.2
        default: dx <= 1.2 && dy <= radius * 1.2
        }
      return 0.15 + (inside ? contrast : 0)
    }
  }
}
