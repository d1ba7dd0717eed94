import RealModule
import Tensors

/// Random damage to pictures, number by number.
///
/// A function of seed, visit and place alone: the same ones, the same noise, with any number of
/// threads.
public enum Noise: Sendable, Hashable, Codable {
  /// `x + sigma n`, `n` standard normal; `sigma >= 0` in the units of the picture.
  case gaussian(sigma: Double)
  /// `Poisson(peak max(x, 0)) / peak`: photon counts, `peak > 0` of them where the picture is 1.
  case poisson(peak: Double)
  /// Each number with probability `fraction` replaced, by `low` or `high` at even odds.
  case saltAndPepper(fraction: Double, low: Double = 0, high: Double = 1)

  /// Refuses parameters outside their range.
  /// - Throws: ``ImagingError``.
  public func validate() throws(ImagingError) {
    switch self {
    case .gaussian(let sigma):
      try ImagingError.require(
        sigma >= 0, "Noise.gaussian", "sigma", sigma, "a finite number >= 0")
    case .poisson(let peak):
      try ImagingError.require(
        peak > 0, "Noise.poisson", "peak", peak, "a finite number greater than 0")
    case .saltAndPepper(let fraction, let low, let high):
      try ImagingError.require(
        (0...1).contains(fraction), "Noise.saltAndPepper", "fraction", fraction,
        "between 0 and 1")
      for (name, value) in [("low", low), ("high", high)] {
        try ImagingError.require(true, "Noise.saltAndPepper", name, value, "a finite number")
      }
    }
  }

  /// Damages every picture of a batch, one in each row.
  /// - Parameters:
  ///   - x: the batch; parameters must be valid, see ``validate()``.
  ///   - seed: root seed of the run.
  ///   - visit: tells apart noise on the same picture, such as epochs; below 2^24.
  ///   - first: number of the first picture among all, so that batches go on where others end; below
  ///     2^24 with all that follow.
  ///   - pool: shares the work.
  public func add<S: TensorScalar>(
    to x: inout Tensor<S>, seed: UInt64, visit: UInt64 = 0, first: Int = 0, on pool: WorkerPool
  ) {
    add(to: &x, seed: seed, visit: visit, pictures: Array(first..<first + x.rows), on: pool)
  }

  /// The same for pictures with numbers of their own, one for each row.
  public func add<S: TensorScalar>(
    to x: inout Tensor<S>, seed: UInt64, visit: UInt64 = 0, pictures: [Int], on pool: WorkerPool
  ) {
    precondition(pictures.count == x.rows, "\(pictures.count) numbers for \(x.rows) pictures")
    let columns = x.columns
    let pieces = (columns + Self.piece - 1) / Self.piece
    precondition(pieces < 1 << 16, "a picture of \(columns) numbers")
    x.withMutablePointer { x in
      pool.forEach(pictures.count * pieces) { index in
        let (row, piece) = (index / pieces, index % pieces)
        let lane = visit << 40 | UInt64(pictures[row]) << 16 | UInt64(piece)
        var stream = RandomStream(seed: seed, .noise, lane: lane)
        let start = piece * Self.piece
        damage(
          x + row * columns + start, count: min(Self.piece, columns - start), from: &stream)
      }
    }
  }

  /// Numbers that share a stream.
  private static let piece = 4096

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private func damage<S: TensorScalar>(
    _ x: UnsafeMutablePointer<S>, count: Int, from stream: inout RandomStream
  ) {
    switch self {
    case .gaussian(let sigma):
      for i in 0..<count { x[i] += S(sigma * stream.normal()) }
    case .poisson(let peak):
      for i in 0..<count {
        x[i] = S(Double(stream.poisson(mean: peak * max(Double(x[i]), 0))) / peak)
      }
    case .saltAndPepper(let fraction, let low, let high):
      for i in 0..<count {
        let draw = stream.uniform()
        if draw < fraction { x[i] = S(draw < fraction / 2 ? low : high) }
      }
    }
  }
}
