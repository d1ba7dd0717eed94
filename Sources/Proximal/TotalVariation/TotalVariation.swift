import Tensors

/// `weight J(x)`, `J` the isotropic total variation of pictures by forward differences:
///
///     J(x) = sum_p |(D x)_p|_2,   D as in ForwardDifferences
///
/// Channels are planes of their own, with no coupling between them.
///
/// Source: Rudin, Osher and Fatemi, Physica D 60, 1992.
public struct TotalVariation: Sendable, Equatable {
  /// The weight, `>= 0`.
  public let weight: Double
  /// The gradient, with the extents of a plane.
  public let differences: ForwardDifferences

  /// - Throws: ``ProximalError`` unless `weight >= 0` and the extents are at least 1.
  public init(weight: Double, height: Int, width: Int) throws(ProximalError) {
    try ProximalError.require(
      weight >= 0, "TotalVariation", "weight", weight, "a finite number >= 0")
    for (name, extent) in [("height", height), ("width", width)] {
      try ProximalError.require(extent >= 1, "TotalVariation", name, Double(extent), "at least 1")
    }
    self.weight = weight
    differences = ForwardDifferences(height: height, width: width)
  }

  private var pixels: Int { differences.height * differences.width }

  /// `weight J(x)`, summed over all planes of a tensor.
  public func value<S: TensorScalar>(of x: Tensor<S>) -> Double {
    precondition(x.count % pixels == 0, "shape \(x.shape) holds no whole planes of \(pixels)")
    let zero = [S](repeating: 0, count: 2 * pixels)
    let rows = PictureRows<S>(differences)
    var sum = 0.0
    x.withPointer { start in
      for plane in stride(from: 0, to: x.count, by: pixels) {
        sum += rows.variation(start + plane, zero, rows: 0..<differences.height).norm
      }
    }
    return weight * sum
  }

  /// `argmin_u 1/2 ||u - v||^2 + step weight J(u)` to an accuracy that is proven.
  ///
  /// The dual `min 1/2 ||v - lambda D^* p||^2` over `|p| <= 1` at every pixel, `lambda = step weight`, by
  /// accelerated projected gradient with restart; `u = v - lambda D^* p`. The gap between the two,
  /// `lambda (J(u) - <D u, p>)`, bounds `1/2 ||u - prox||^2`: a plane ends when
  /// `sqrt(2 gap / pixels) <= accuracy`, so the root mean square error is at most `accuracy`.
  /// Cost: some 30 operations per pixel and iteration; hundreds of iterations for an accuracy of a
  /// thousandth of the data's range.
  ///
  /// Source: Beck and Teboulle, IEEE Trans. Image Processing 18, 2009.
  /// - Parameters:
  ///   - v: planes one after another, such as a batch.
  ///   - step: `> 0`.
  ///   - accuracy: in the units of `v`, `> 0`. In `Float` not below 1e-5 of the data's range.
  ///   - maximumIterations: what a plane may take; ``TotalVariationProx/isAccurate`` says if it did.
  ///   - pool: shares the planes, or the rows of few.
  public func prox<S: TensorScalar>(
    of v: Tensor<S>, step: S = 1, accuracy: Double, maximumIterations: Int = 2000,
    on pool: WorkerPool
  ) -> TotalVariationProx<S> {
    precondition(v.count % pixels == 0, "shape \(v.shape) holds no whole planes of \(pixels)")
    precondition(step > 0 && accuracy > 0 && maximumIterations >= 1)
    let lambda = step * S(weight)
    guard lambda > 0 else {
      return TotalVariationProx(point: v, ends: [], enough: 0)
    }
    let enough = Double(pixels) * accuracy * accuracy / 2
    let planes = v.count / pixels
    var point = v
    var ends = [(gap: Double, iterations: Int)](repeating: (0, 0), count: planes)
    v.withPointer { source in
      point.withMutablePointer { u in
        ends.withUnsafeMutableBufferPointer { ends in
          let ends = ends.baseAddress!
          func solve(_ plane: Int, _ forEach: (Int, (Int) -> Void) -> Void) {
            var dual = TotalVariationDual<S>(lambda: lambda, of: differences)
            ends[plane] = dual.solve(
              source + plane * pixels, into: u + plane * pixels, gap: enough,
              maximumIterations: maximumIterations, forEach: forEach)
          }
          // Many planes side by side, few one after another: the same pieces, the same bits.
          if planes >= 4 {
            pool.forEach(planes) { solve($0) { count, body in (0..<count).forEach(body) } }
          } else {
            for plane in 0..<planes { solve(plane) { pool.forEach($0, $1) } }
          }
        }
      }
    }
    return TotalVariationProx(point: point, ends: ends, enough: enough)
  }
}

/// The proximal point of ``TotalVariation``, with what is known of its error.
public struct TotalVariationProx<S: TensorScalar>: Sendable, Equatable {
  /// `u`, planes as they were given.
  public let point: Tensor<S>
  /// The largest duality gap of a plane: `1/2 ||u - prox||^2` is at most that.
  public let gap: Double
  /// The most iterations that a plane took.
  public let iterations: Int
  /// Whether every plane is as accurate as was asked.
  public let isAccurate: Bool

  fileprivate init(point: Tensor<S>, ends: [(gap: Double, iterations: Int)], enough: Double) {
    self.point = point
    gap = ends.reduce(0) { max($0, $1.gap) }
    iterations = ends.reduce(0) { max($0, $1.iterations) }
    isAccurate = ends.allSatisfy { $0.gap <= enough }
  }
}
