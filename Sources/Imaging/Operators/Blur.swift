import Tensors

/// Convolution with a kernel, channel by channel:
///
///     (A x)(p) = sum_q k(q) x(p - q)
///
/// Circular at the border, by Fourier transforms: the norm `max |K|`, `K` the kernel's transform, is
/// exact. Or valid: where the kernel reaches beyond the picture nothing is observed, and those pixels
/// are 0; this is a mask after the circular blur, so `max |K|` is an upper bound.
/// Cost: `O(n log n)` circular, `n` times the kernel's weights valid.
public struct Blur: LinearOperator {
  /// What happens where the kernel reaches beyond the picture.
  public enum Border: String, Sendable, Codable, CaseIterable {
    /// The picture is continued periodically.
    case circular
    /// Those pixels are not observed: 0, and ignored by the adjoint.
    case valid
  }

  public let input: ImageShape
  public var output: ImageShape { input }
  public let norm: Double
  /// The weights.
  public let kernel: BlurKernel
  /// The border.
  public let border: Border
  let filter: FourierFilter
  /// `|K|^2`
  private let power: CircularFilter

  /// - Throws: ``ImagingError/unsuitable(_:)`` if, with a valid border, no pixel could be observed.
  public init(
    _ input: ImageShape, kernel: BlurKernel, border: Border
  ) throws(ImagingError) {
    guard border == .circular || (kernel.height <= input.height && kernel.width <= input.width)
    else {
      throw .unsuitable(
        "a kernel of \(kernel.height) x \(kernel.width) leaves nothing of pictures of \(input); "
          + "use a smaller one or a circular border")
    }
    (self.input, self.kernel, self.border) = (input, kernel, border)
    filter = FourierFilter(
      height: input.height, width: input.width,
      transfer: FourierFilter.transfer(of: kernel, height: input.height, width: input.width))
    norm = filter.norm
    power = CircularFilter(input, transfer: filter.transfer { $0 })
  }

  /// The pixels that are observed: all, or those that the kernel reaches within the picture.
  public var observed: PixelMask {
    PixelMask(
      height: input.height, width: input.width,
      known: (0..<input.height).flatMap { y in
        (0..<input.width).map { x in rows.contains(y) && columns.contains(x) }
      })
  }

  private var rows: Range<Int> { inside(input.height, kernel.height) }
  private var columns: Range<Int> { inside(input.width, kernel.width) }

  private func inside(_ extent: Int, _ kernel: Int) -> Range<Int> {
    border == .circular ? 0..<extent : (kernel / 2)..<(extent - kernel / 2)
  }

  public func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    withBatches(x, input, into: &y, input) { x, y, pictures in
      let planes = pictures * input.channels
      switch border {
      case .circular: filter.apply(x, planes: planes, conjugate: false, into: y, on: pool)
      case .valid: convolve(x, planes, into: y, pool)
      }
    }
  }

  public func adjoint<S: TensorScalar>(
    of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool
  ) {
    withBatches(y, input, into: &x, input) { y, x, pictures in
      let planes = pictures * input.channels
      switch border {
      case .circular: filter.apply(y, planes: planes, conjugate: true, into: x, on: pool)
      case .valid: correlate(y, planes, into: x, pool)
      }
    }
  }

  /// Multiplication by `1/(1 + step |K|^2)`, for a circular border.
  public func resolvent(step: Double) -> (any LinearOperator)? {
    guard border == .circular else { return nil }
    return CircularFilter(input, transfer: filter.transfer { 1 / (1 + step * $0) })
  }

  /// With a circular border multiplication by `|K|^2`, half the transforms.
  public func normal<S: TensorScalar>(
    _ x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool
  ) {
    switch border {
    case .circular: power.apply(x, into: &z, on: pool)
    case .valid: adjoint(of: apply(x, on: pool), into: &z, on: pool)
    }
  }

  /// `y(p) = sum_q k(q) x(p - q)` at observed `p`.
  private func convolve<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ planes: Int, into y: UnsafeMutablePointer<S>, _ pool: WorkerPool
  ) {
    let (width, count, left) = (input.width, columns.count, columns.lowerBound)
    pool.forEachBand(planes: planes, height: input.height, width: width * kernel.height) {
      plane, band in
      let (x, y) = (x + plane * input.pixels, y + plane * input.pixels)
      for row in band {
        let target = y + row * width
        target.update(repeating: 0, count: width)
        guard rows.contains(row) else { continue }
        forEachWeight { i, j, weight in
          let source = x + (row - i) * width + left - j
          S.combine(1, target + left, S(weight), source, into: target + left, count: count)
        }
      }
    }
  }

  /// `x(p) = sum_q k(q) y(p + q)` over observed `p + q`.
  private func correlate<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ planes: Int, into x: UnsafeMutablePointer<S>, _ pool: WorkerPool
  ) {
    let (width, count, left) = (input.width, columns.count, columns.lowerBound)
    pool.forEachBand(planes: planes, height: input.height, width: width * kernel.height) {
      plane, band in
      let (x, y) = (x + plane * input.pixels, y + plane * input.pixels)
      for row in band {
        (x + row * width).update(repeating: 0, count: width)
        forEachWeight { i, j, weight in
          guard rows.contains(row + i) else { return }
          let target = x + row * width + left - j
          let source = y + (row + i) * width + left
          S.combine(1, target, S(weight), source, into: target, count: count)
        }
      }
    }
  }

  /// Calls `body` with row and column from the centre and the weight, where that is not 0.
  @inline(__always)
  private func forEachWeight(_ body: (Int, Int, Double) -> Void) {
    for i in 0..<kernel.height {
      for j in 0..<kernel.width {
        let weight = kernel.weights[i * kernel.width + j]
        if weight != 0 { body(i - kernel.height / 2, j - kernel.width / 2, weight) }
      }
    }
  }
}
