/// How a ``Correlation`` is cut into bands of rows, and how a band of the source is laid out: with the
/// zeros around the image, rows and pixels that lie a stride apart next to one another.
/// The cut depends on the extents alone.
struct CorrelationBands<S: TensorScalar> {
  let correlation: Correlation
  /// Rows of a phase of the target in each band but perhaps the last.
  let height: Int
  /// Numbers in the vectors of a row of the target.
  let paddedWidth: Int
  /// Pixels of a row of the band that lie a stride apart.
  private let phaseWidth: Int
  /// The offsets of the taps of each pair of phases, one after another.
  let offsets: [Int]

  /// - Parameters:
  ///   - correlation: what is cut.
  ///   - isPadded: whether rows are filled up with zeros to whole vectors of the target.
  init(_ correlation: Correlation, isPadded: Bool = false) {
    let (rows, columns) = (correlation.rows, correlation.columns)
    let paddedWidth = (columns.count + Self.lanes - 1) / Self.lanes * Self.lanes
    let phaseWidth = (isPadded ? paddedWidth : columns.count) + columns.span / columns.step
    let rowLength = phaseWidth * columns.step
    let room = Self.cacheBytes / MemoryLayout<S>.size
    let channels = correlation.channels
    let start = channels.source * rowLength * (rows.span + 1)
    let growth =
      channels.source * rowLength * rows.step
      + channels.target * correlation.target.width * rows.targetStep
    height = min(max((room - start) / growth, 1), rows.count)
    (self.correlation, self.paddedWidth, self.phaseWidth) = (correlation, paddedWidth, phaseWidth)
    let part = (height + rows.span / rows.step) * phaseWidth
    offsets = rows.phases.flatMap { row in
      columns.phases.flatMap { column in
        row.taps.flatMap { i in
          column.taps.map { j in
            (i.shift % rows.step * columns.step + j.shift % columns.step) * part
              + i.shift / rows.step * phaseWidth + j.shift / columns.step
          }
        }
      }
    }
  }

  /// Numbers of a vector.
  static var lanes: Int { 32 / MemoryLayout<S>.size }
  /// What source and target of a band may take of a core's own cache.
  private static var cacheBytes: Int { 320 << 10 }

  /// Bands of an image.
  var count: Int { (correlation.rows.count + height - 1) / height }

  /// Source rows of a band that lie a stride apart, and numbers of a channel.
  private var phaseRows: Int { height + correlation.rows.span / correlation.rows.step }
  var plane: Int { phaseRows * phaseWidth * correlation.rows.step * correlation.columns.step }

  /// Numbers of a band, with room for the kernels to read beyond the end.
  var numbers: Int { correlation.channels.source * plane + PixelWindow.overrun }

  /// The rows of a phase that belong to a band.
  func rows(_ band: Int, of phase: CorrelationAxis.Phase) -> Range<Int> {
    let start = min(band * height, phase.count)
    return start..<min(start + height, phase.count)
  }

  /// The rows of the target that belong to a band.
  func targetRows(_ band: Int) -> Range<Int> {
    let step = correlation.rows.targetStep
    return (band * height * step)..<min((band + 1) * height * step, correlation.target.height)
  }

  /// What a kernel sees of a filled band for `rows` rows of a phase of the target.
  func window(
    rows: Int, width: Int, offsets: UnsafeBufferPointer<Int>
  ) -> PixelWindow {
    PixelWindow(
      plane: plane, row: phaseWidth, rows: rows, width: width,
      channels: correlation.channels.source, offsets: offsets)
  }

  /// Fills a buffer of ``numbers`` with a band of a group of channels.
  func fill(
    _ buffer: UnsafeMutablePointer<S>, band: Int, group: Int, from image: UnsafePointer<S>
  ) {
    let (source, axis) = (correlation.source, correlation.rows)
    let channels = correlation.channels.source
    let pixels = PixelBand(
      image: source, channels: channels, first: band * height * axis.step + axis.origin,
      rows: phaseRows, down: axis.step, origin: correlation.columns.origin,
      step: correlation.columns.step, part: phaseWidth)
    S.fill(buffer + channels * plane, count: PixelWindow.overrun, with: 0)
    S.copy(pixels, of: image + group * channels * source.height * source.width, into: buffer)
  }

  /// The rows of a group of channels of a target, filled up with zeros to whole vectors.
  func fillTarget(
    _ buffer: UnsafeMutablePointer<S>, band: Int, group: Int, from image: UnsafePointer<S>
  ) {
    let (target, channels) = (correlation.target, correlation.channels.target)
    let rows = targetRows(band)
    let pixels = PixelBand(
      image: target, channels: channels, first: rows.lowerBound, rows: rows.count, down: 1,
      origin: 0, step: 1, part: paddedWidth)
    S.copy(pixels, of: image + group * channels * target.height * target.width, into: buffer)
  }
}
