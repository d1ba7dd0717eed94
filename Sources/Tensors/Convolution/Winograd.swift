import CVectorMath

/// A convolution of 3 x 3 taps, or its adjoint, by Winograd's method:
///
///     z = A^T (sum_c (G w_c G^T) (B^T x_c B)) A,   products number by number
///
/// 36 multiplications for 4 x 4 pixels of the target and a channel of the source, in place of 144. A, B and G
/// interpolate at 0, +-5/8, +-3/2 and infinity; rounding errors are about twice those of the sum over taps.
/// What a sample gives does not depend on the others.
///
/// Of 2 x 2 taps the product at 0 vanishes, so that 25 multiplications are left of 64. With a stride `s` the
/// pixels that lie `s` apart are pictures of their own: a kernel of `2 s` or `3 s` is one of 2 or 3 on each. So
/// it is for the adjoint, whose target is taken apart.
///
/// Source: Winograd, Arithmetic Complexity of Computations, 1980; Lavin and Gray, CVPR 2016.
struct Winograd {
  private let correlation: Correlation
  private let rows: WinogradAxis
  private let columns: WinogradAxis

  /// `nil` where it cannot be done, or where it does not pay: other kernels, groups, few channels, few pixels.
  init?(_ correlation: Correlation) {
    guard correlation.groups == 1,
      min(correlation.source.channels, correlation.target.channels) >= Self.fewestChannels,
      let rows = WinogradAxis(correlation.rows), let columns = WinogradAxis(correlation.columns),
      rows.taps == columns.taps, rows.step == columns.step
    else { return nil }
    (self.correlation, self.rows, self.columns) = (correlation, rows, columns)
  }

  private static let fewestChannels = 16

  private var source: ImageShape { correlation.source }
  private var target: ImageShape { correlation.target }
  private var taps: Int { rows.taps }
  private var phases: [(row: WinogradAxis.Phase, column: WinogradAxis.Phase)] {
    rows.phases.flatMap { row in columns.phases.map { (row, $0) } }
  }

  /// Channels of the source, all pictures counted; blocks of 8 channels of the target; numbers of the weights of
  /// a block.
  private var channels: Int { source.channels * rows.step * columns.step }
  private var blocks: Int { (target.channels + 7) / 8 }
  private var block: Int { cv_winograd_block(channels, taps) }

  /// `z <-` the correlation of `x` with the weights; `finish` is called for each tile of `z` that is complete.
  func run<S: TensorScalar>(
    _ weight: UnsafePointer<S>, on x: BatchPart<S>, into z: MatrixPart<S>, samples: Int,
    _ pool: WorkerPool, _ finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    let (phases, pieces) = (phases, pieces(samples))
    withRoom(for: phases.count * blocks * block) { (weights: UnsafeMutablePointer<S>) in
      pool.forEach(phases.count * blocks) { number in
        transform(
          weight, phases[number / blocks], block: number % blocks, into: weights + number * block)
      }
      pool.forEach(pieces.count) { number in
        let piece = pieces[number]
        withRoom(for: cv_winograd_room(channels, taps)) { room in
          for (number, phase) in phases.enumerated() {
            let first = z.start + piece.samples.lowerBound * z.width + z.column
            S.convolve(
              PixelTiles(shape: shape(phase), tiles: piece.c),
              x.start + piece.samples.lowerBound * x.width, every: x.width,
              weights: weights + number * blocks * block,
              into: first + phase.row.start * target.width + phase.column.start, every: z.width,
              room: room)
          }
        }
        guard let finish else { return }
        for columns in finished(piece) {
          let range = (columns.lowerBound + z.column)..<(columns.upperBound + z.column)
          finish(Tile(rows: piece.samples, columns: range), z.start)
        }
      }
    }
  }

  private func shape(
    _ phase: (row: WinogradAxis.Phase, column: WinogradAxis.Phase)
  ) -> cv_convolution {
    cv_convolution(
      channels: source.channels, height: source.height, width: source.width, step: rows.step,
      outputs: target.channels, rows: phase.row.count, columns: phase.column.count,
      plane: target.pixels, down: rows.targetStep * target.width, across: columns.targetStep,
      top: phase.row.origin, left: phase.column.origin, taps: taps)
  }

  /// `G w G^T` of a block of channels of the target.
  private func transform<S: TensorScalar>(
    _ weight: UnsafePointer<S>, _ phase: (row: WinogradAxis.Phase, column: WinogradAxis.Phase),
    block number: Int, into weights: UnsafeMutablePointer<S>
  ) {
    let places = phase.row.kernel.flatMap { rows in
      phase.column.kernel.flatMap { columns in
        rows.flatMap { i in columns.map { correlation.weight(0, 0, 0, i, $0) } }
      }
    }
    let output = correlation.weight(0, 1, 0, 0, 0)
    places.withUnsafeBufferPointer { places in
      S.transform(
        WeightPlaces(
          c: cv_kernel(
            output: output, channel: correlation.weight(0, 0, 1, 0, 0),
            phases: rows.step * columns.step, taps: taps, places: places.baseAddress)),
        weight + 8 * number * output, channels: source.channels,
        outputs: min(8, target.channels - 8 * number), into: weights)
    }
  }
}

/// Room on a line of the cache.
private func withRoom<S>(for count: Int, _ body: (UnsafeMutablePointer<S>) -> Void) {
  withUnsafeTemporaryAllocation(
    byteCount: count * MemoryLayout<S>.stride, alignment: 64
  ) { bytes in
    body(bytes.bindMemory(to: S.self).baseAddress!)
  }
}

// The cut depends on the extents alone.
extension Winograd {
  /// Some tiles of 4 x 4 pixels of the target, in each of its phases.
  private struct Piece {
    let samples: Range<Int>
    let rows: Range<Int>
    let columns: Range<Int>

    var c: cv_tiles {
      cv_tiles(
        samples: samples.count, top: rows.lowerBound, left: columns.lowerBound, rows: rows.count,
        columns: columns.count)
    }
  }

  /// Tiles that the kernels take at once.
  private static let most = 32

  /// Pieces of up to 32 tiles: whole pictures, whole rows of tiles of one, or part of such a row.
  private func pieces(_ samples: Int) -> [Piece] {
    let (height, width) = (rows.tiles, columns.tiles)
    let together = max(Self.most / (height * width), 1)
    let (down, across) = (max(Self.most / width, 1), min(Self.most, width))
    return Self.parts(samples, together).flatMap { samples in
      Self.parts(height, min(down, height)).flatMap { rows in
        Self.parts(width, across).map { Piece(samples: samples, rows: rows, columns: $0) }
      }
    }
  }

  private static func parts(_ count: Int, _ size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// The columns of a row of `z` that a piece has completed.
  private func finished(_ piece: Piece) -> [Range<Int>] {
    let rows = self.rows.pixels(piece.rows, of: target.height)
    let columns = self.columns.pixels(piece.columns, of: target.width)
    if rows.count * columns.count == target.pixels { return [0..<target.count] }
    return (0..<target.channels).flatMap { channel in
      let start = channel * target.pixels
      guard columns.count < target.width else {
        return [
          (start + rows.lowerBound * target.width)..<(start + rows.upperBound * target.width)
        ]
      }
      return rows.map { row in
        let start = start + row * target.width
        return (start + columns.lowerBound)..<(start + columns.upperBound)
      }
    }
  }
}

/// A ``CorrelationAxis`` whose pixels, `step` apart, meet 2 or 3 taps one after another.
private struct WinogradAxis {
  struct Phase {
    let start: Int
    let count: Int
    /// The pixel that the first of three taps meets; of two, the first is missing.
    let origin: Int
    /// The places in the kernel of the taps of each of the `step` pictures.
    let kernel: [[Int]]
  }

  let step: Int
  let targetStep: Int
  let taps: Int
  let phases: [Phase]
  /// Tiles of 4 pixels of the longest phase.
  var tiles: Int { (phases[0].count + 3) / 4 }

  init?(_ axis: CorrelationAxis) {
    let (step, taps) = (axis.step, axis.phases[0].taps.count / axis.step)
    guard (2...3).contains(taps), axis.count >= Self.fewestPixels else { return nil }
    var phases: [Phase] = []
    for phase in axis.phases {
      let sorted = phase.taps.sorted { $0.shift < $1.shift }
      guard let first = sorted.first?.shift,
        sorted.map(\.shift) == Array(first..<(first + taps * step))
      else { return nil }
      phases.append(
        Phase(
          start: phase.start, count: phase.count,
          origin: axis.origin + first - (3 - taps) * step,
          kernel: (0..<step).map { picture in (0..<taps).map { sorted[step * $0 + picture].kernel }
          }
        ))
    }
    (self.step, targetStep, self.taps, self.phases) = (step, axis.targetStep, taps, phases)
  }

  private static let fewestPixels = 3

  /// The pixels of all phases in some tiles.
  func pixels(_ tiles: Range<Int>, of extent: Int) -> Range<Int> {
    (4 * targetStep * tiles.lowerBound)..<min(4 * targetStep * tiles.upperBound, extent)
  }
}
