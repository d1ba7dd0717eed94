import Tensors

/// Lines of `count` numbers, `stride` apart, that run side by side `apart` from one another.
struct WaveletAxis {
  let count: Int
  let stride: Int
  let lines: Int
  let apart: Int

  /// Calls `body` for some lines at a time, their first number and how many they are.
  @inline(__always)
  func forEachLine<S: TensorScalar>(
    _ plane: UnsafeMutablePointer<S>,
    _ body: (UnsafeMutablePointer<S>, WaveletAxis, Int) -> Void
  ) {
    for first in Swift.stride(from: 0, to: lines, by: 16) {
      body(plane + first * apart, self, min(16, lines - first))
    }
  }
}

/// One level of ``WaveletTransform`` along one axis, for up to 16 lines at a time.
struct WaveletStep<S: TensorScalar> {
  private let low: [S]
  private let high: [S]

  init(_ wavelet: Wavelet) {
    (low, high) = (wavelet.lowpass.map { S($0) }, wavelet.highpass.map { S($0) })
  }

  /// Averages into the first half of each line, details into the second.
  @inline(__always)
  func analyse(_ x: UnsafeMutablePointer<S>, _ axis: WaveletAxis, _ lines: Int) {
    through(x, axis, lines) { made in
      for i in 0..<axis.count / 2 {
        let (average, detail) = (made + i * lines, made + (axis.count / 2 + i) * lines)
        for k in low.indices {
          let x = x + (2 * i + k) % axis.count * axis.stride
          let (h, g) = (low[k], high[k])
          for j in 0..<lines {
            average[j] += h * x[j * axis.apart]
            detail[j] += g * x[j * axis.apart]
          }
        }
      }
    }
  }

  /// The transpose of ``analyse(_:_:_:)``, which is its inverse.
  @inline(__always)
  func synthesise(_ x: UnsafeMutablePointer<S>, _ axis: WaveletAxis, _ lines: Int) {
    through(x, axis, lines) { made in
      for i in 0..<axis.count / 2 {
        let (average, detail) = (x + i * axis.stride, x + (axis.count / 2 + i) * axis.stride)
        for k in low.indices {
          let out = made + (2 * i + k) % axis.count * lines
          let (h, g) = (low[k], high[k])
          for j in 0..<lines { out[j] += h * average[j * axis.apart] + g * detail[j * axis.apart] }
        }
      }
    }
  }

  /// Replaces the lines by what `body` adds to zeros, number by number and in each all lines.
  @inline(__always)
  private func through(
    _ x: UnsafeMutablePointer<S>, _ axis: WaveletAxis, _ lines: Int,
    _ body: (UnsafeMutablePointer<S>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: S.self, capacity: axis.count * lines) { buffer in
      let made = buffer.baseAddress!
      made.update(repeating: 0, count: axis.count * lines)
      body(made)
      for i in 0..<axis.count {
        for j in 0..<lines { x[i * axis.stride + j * axis.apart] = made[i * lines + j] }
      }
    }
  }
}
