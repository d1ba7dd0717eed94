import Tensors

/// The sum of the absolute values of a picture's wavelet coefficients, `W` as in ``WaveletTransform``:
///
///     J(u) = sum_{i in details} |(W u)_i|,   prox_{t J}(v) = W^T soft_t(W v)
///
/// soft thresholding of the details; the averages that are left after the last level stay as they are,
/// unless asked for. In closed form, as `W` is orthonormal.
///
/// Source: Donoho and Johnstone, Biometrika 81, 1994.
public struct WaveletNorm: Regulariser, Equatable {
  /// `W`.
  public let transform: WaveletTransform
  /// Whether the averages count as well.
  public let countsAverages: Bool

  /// - Throws: ``ProximalError`` unless `levels >= 1` and each extent is 1 or a multiple of `2^levels`.
  public init(
    _ shape: ImageShape, _ wavelet: Wavelet, levels: Int, countsAverages: Bool = false
  ) throws(ProximalError) {
    transform = try WaveletTransform(shape, wavelet, levels: levels)
    self.countsAverages = countsAverages
  }

  public func check(columns: Int) throws(ProximalError) {
    guard columns != transform.shape.count else { return }
    throw .columns(
      columns, of: "WaveletNorm", needs: "\(transform.shape.count), pictures of \(transform.shape)")
  }

  public var hasSimplePart: Bool { true }

  public func simpleValues<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    var coefficients = u
    transform.apply(&coefficients, on: pool)
    return coefficients.eachRow(on: pool) { _, row in
      var sum = 0.0
      forEachRun(in: u.columns) { start, count in
        sum += L1Norm().value(of: row + start, count: count)
      }
      return sum
    }
  }

  public func proxOfSimplePart<S: TensorScalar>(
    _ u: inout Tensor<S>, step: S, on pool: WorkerPool
  ) {
    precondition(step > 0, "a proximal map of step \(step)")
    transform.apply(&u, on: pool)
    let (rows, columns) = (u.rows, u.columns)
    u.withMutablePointer { u in
      pool.forEach(rows) {
        let row = u + $0 * columns
        forEachRun(in: columns) { start, count in
          L1Norm().prox(
            of: UnsafePointer(row + start), step: step, into: row + start, count: count)
        }
      }
    }
    transform.adjoint(&u, on: pool)
  }

  /// Calls `body` with start and length of consecutive coefficients that count.
  private func forEachRun(in columns: Int, _ body: (Int, Int) -> Void) {
    guard !countsAverages else { return body(0, columns) }
    let (width, pixels) = (transform.shape.width, transform.shape.pixels)
    let averages = transform.extents(after: transform.levels)
    for plane in stride(from: 0, to: columns, by: pixels) {
      for row in 0..<averages.height {
        body(plane + row * width + averages.width, width - averages.width)
      }
      body(plane + averages.height * width, pixels - averages.height * width)
    }
  }
}
