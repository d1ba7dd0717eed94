import Imaging
import Tensors

/// A rectangle of a picture.
struct PixelWindow: Sendable, Hashable {
  let rows: Range<Int>
  let columns: Range<Int>

  /// With so many pixels more on each side, as far as the picture goes.
  func grown(by margin: Int, within shape: ImageShape) -> PixelWindow {
    PixelWindow(
      rows: max(rows.lowerBound - margin, 0)..<min(rows.upperBound + margin, shape.height),
      columns: max(columns.lowerBound - margin, 0)..<min(columns.upperBound + margin, shape.width))
  }

  /// Rectangles of at most `side` pixels that cover a picture once.
  static func tiles(of shape: ImageShape, side: Int) -> [PixelWindow] {
    func pieces(_ extent: Int) -> [Range<Int>] {
      let count = (extent + side - 1) / side
      return (0..<count).map { $0 * extent / count..<($0 + 1) * extent / count }
    }
    return pieces(shape.height).flatMap { rows in
      pieces(shape.width).map { PixelWindow(rows: rows, columns: $0) }
    }
  }
}

extension PixelMask {
  /// A part of the mask.
  func cut(to window: PixelWindow) -> PixelMask {
    PixelMask(
      height: window.rows.count, width: window.columns.count,
      known: window.rows.flatMap { row in
        window.columns.map { known[row * width + $0] }
      })
  }
}

extension Tensor<Float> {
  /// Channels, rows and columns of a picture of shape `(channels, height, width)`, or of a batch of one.
  private var extents: (channels: Int, height: Int, width: Int) {
    let last = Array(shape.suffix(3))
    return (last[0], last[1], last[2])
  }

  /// The same with names.
  /// - Throws: `ShapeError` for an extent of 0.
  var pictureShape: ImageShape {
    get throws(ShapeError) {
      try ImageShape(channels: extents.channels, height: extents.height, width: extents.width)
    }
  }

  /// A picture of shape `(channels, height, width)` as a batch of one.
  var asBatch: Tensor { (try? reshaped(to: [1] + shape.suffix(3))) ?? self }

  /// A batch of one as a picture of shape `(channels, height, width)`.
  var asPicture: Tensor { (try? reshaped(to: Array(shape.suffix(3)))) ?? self }

  /// Brings every number to [0, 1].
  public mutating func clip() {
    let count = self.count
    withMutablePointer { x in
      for i in 0..<count { x[i] = Swift.min(Swift.max(x[i], 0), 1) }
    }
  }

  /// A part of a picture of shape `(channels, height, width)` or of a batch of one.
  func cut(to window: PixelWindow) -> Tensor {
    let (channels, height, width) = extents
    let (rows, columns) = (window.rows.count, window.columns.count)
    var part = Tensor(shape: shape.dropLast(2) + [rows, columns])
    withPointer { source in
      part.withMutablePointer { target in
        for c in 0..<channels {
          for (i, row) in window.rows.enumerated() {
            (target + (c * rows + i) * columns).update(
              from: source + (c * height + row) * width + window.columns.lowerBound,
              count: columns)
          }
        }
      }
    }
    return part
  }

  /// Writes the part `tile` of a picture that lies at `window` into its place in this one.
  mutating func paste(_ tile: PixelWindow, of other: Tensor, at window: PixelWindow) {
    let (channels, height, width) = extents
    other.withPointer { source in
      withMutablePointer { target in
        for c in 0..<channels {
          for row in tile.rows {
            let line = c * window.rows.count + row - window.rows.lowerBound
            (target + (c * height + row) * width + tile.columns.lowerBound).update(
              from: source + line * window.columns.count + tile.columns.lowerBound
                - window.columns.lowerBound,
              count: tile.columns.count)
          }
        }
      }
    }
  }

  /// Without the last rows and columns beyond a multiple.
  func cut(toMultiplesOf block: Int) -> Tensor {
    let (_, height, width) = extents
    let window = PixelWindow(
      rows: 0..<height / block * block, columns: 0..<width / block * block)
    return window.rows.count == height && window.columns.count == width || window.rows.isEmpty
      || window.columns.isEmpty ? self : cut(to: window)
  }
}
