import Tensors

/// The orthonormal wavelet transform `W` of pictures, periodic, separable, over several levels.
///
/// One level turns `n` numbers into `n/2` averages and `n/2` details,
///
///     average_i = sum_k h_k x_{(2 i + k) mod n},   detail_i = sum_k g_k x_{(2 i + k) mod n}
///
/// along rows, then along columns; the next level goes on with the upper left quarter. An extent of 1 is
/// left alone, so a signal is a picture of one row. Channels are planes of their own. `W^T W = 1`.
/// Cost: some `2 length (1 + 1/4 + …)` operations for each number along each axis.
///
/// Source: Mallat, IEEE Trans. Pattern Analysis and Machine Intelligence 11, 1989.
public struct WaveletTransform: Sendable, Equatable {
  /// Channels and extents of a picture.
  public let shape: ImageShape
  /// The filter.
  public let wavelet: Wavelet
  /// Levels, at least 1.
  public let levels: Int

  /// - Throws: ``ProximalError`` unless `levels >= 1` and each extent is 1 or a multiple of `2^levels`.
  public init(_ shape: ImageShape, _ wavelet: Wavelet, levels: Int) throws(ProximalError) {
    let name = "WaveletTransform"
    try ProximalError.require(
      (1...20).contains(levels), name, "levels", Double(levels), "an integer from 1 to 20")
    for (extent, label) in [(shape.height, "height"), (shape.width, "width")] {
      try ProximalError.require(
        extent == 1 || extent % (1 << levels) == 0, name, label, Double(extent),
        "1 or a multiple of \(1 << levels), 2 to the number of levels")
    }
    (self.shape, self.wavelet, self.levels) = (shape, wavelet, levels)
  }

  /// Extents of what has been averaged `level` times.
  func extents(after level: Int) -> (height: Int, width: Int) {
    (max(shape.height >> level, 1), max(shape.width >> level, 1))
  }

  /// `x <- W x` for each row of a batch.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(_ x: inout Tensor<S>, on pool: WorkerPool) {
    let step = WaveletStep<S>(wavelet)
    forEachPlane(&x, on: pool) { plane in
      for level in 0..<levels {
        for axis in axes(after: level) { axis.forEachLine(plane, step.analyse) }
      }
    }
  }

  /// `x <- W^T x` for each row of a batch: the inverse.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func adjoint<S: TensorScalar>(_ x: inout Tensor<S>, on pool: WorkerPool) {
    let step = WaveletStep<S>(wavelet)
    forEachPlane(&x, on: pool) { plane in
      for level in (0..<levels).reversed() {
        for axis in axes(after: level).reversed() { axis.forEachLine(plane, step.synthesise) }
      }
    }
  }

  /// Rows, then columns, of what has been averaged `level` times.
  private func axes(after level: Int) -> [WaveletAxis] {
    let (height, width) = extents(after: level)
    return [
      WaveletAxis(count: width, stride: 1, lines: height, apart: shape.width),
      WaveletAxis(count: height, stride: shape.width, lines: width, apart: 1),
    ].filter { $0.count > 1 }
  }

  private func forEachPlane<S: TensorScalar>(
    _ x: inout Tensor<S>, on pool: WorkerPool, _ body: (UnsafeMutablePointer<S>) -> Void
  ) {
    precondition(x.columns == shape.count, "rows of \(x.columns) numbers for pictures of \(shape)")
    let (planes, pixels) = (x.count / shape.pixels, shape.pixels)
    x.withMutablePointer { x in pool.forEach(planes) { body(x + $0 * pixels) } }
  }
}
