import Tensors

/// The total generalised variation of second order of pictures, or of signals: edges without the
/// staircases of total variation, as slopes cost nothing.
///
///     J(u) = min_w alpha_1 sum_pixels |D u - w|_2 + alpha_0 sum_pixels |E w|_2
///
/// `D` is ``ForwardDifferences``, `E` the symmetrised gradient of a field `w` with a number where `D` has a
/// difference: 0 for affine `u`. `|E w|` is the Frobenius norm. Channels as in ``TotalVariation``; each has
/// its own `w`. Signals are pictures of one row.
///
/// `||K||^2 <= (a + 1 + e + sqrt((1 + e - a)^2 + 4 a)) / 2`, `a = ||D||^2`, `e >= ||E||^2`; at most 11.4.
///
/// Source: Bredies, Kunisch and Pock, SIAM J. Imaging Sciences 3, 2010.
public struct TotalGeneralisedVariation: Regulariser, Equatable {
  /// Channels and extents of a picture.
  public let shape: ImageShape
  /// `alpha_1`, the price of edges, `> 0`.
  public let alpha1: Double
  /// `alpha_0`, the price of bends, `> 0`, in pixels times `alpha_1`'s unit.
  public let alpha0: Double
  /// What becomes of several channels.
  public let channels: TotalVariation.Channels

  /// - Throws: ``ProximalError`` unless both weights are greater than 0.
  public init(
    _ shape: ImageShape, alpha1: Double = 1, alpha0: Double = 2,
    channels: TotalVariation.Channels = .separate
  ) throws(ProximalError) {
    for (name, weight) in [("alpha1", alpha1), ("alpha0", alpha0)] {
      try ProximalError.require(
        weight > 0, "TotalGeneralisedVariation", name, weight, "a finite number greater than 0")
    }
    (self.shape, self.alpha1, self.alpha0, self.channels) = (shape, alpha1, alpha0, channels)
  }

  public func check(columns: Int) throws(ProximalError) {
    guard columns != shape.count else { return }
    throw .columns(
      columns, of: "TotalGeneralisedVariation", needs: "\(shape.count), pictures of \(shape)")
  }

  private var differences: ForwardDifferences {
    ForwardDifferences(height: shape.height, width: shape.width)
  }

  /// Planes: of each channel the two of `D u - w`, then of each channel the three of `E w`.
  var norm: MixedNorm {
    let n = shape.channels
    let groups =
      channels == .coupled
      ? [
        MixedNorm.Group(first: 0, count: 2 * n, weight: alpha1),
        MixedNorm.Group(first: 2 * n, count: 3 * n, weight: alpha0),
      ]
      : (0..<n).flatMap {
        [
          MixedNorm.Group(first: 2 * $0, count: 2, weight: alpha1),
          MixedNorm.Group(first: 2 * n + 3 * $0, count: 3, weight: alpha0),
        ]
      }
    return MixedNorm(pixels: shape.pixels, groups: groups)
  }

  public func auxiliaries(columns: Int) -> Int { 2 * columns }
  public func duals(columns: Int) -> Int { 5 * columns }

  public func squaredNorm(columns: Int) -> Double {
    let (a, e) = (
      differences.norm * differences.norm, SymmetrisedDifferences(differences).squaredNorm
    )
    return (a + 1 + e + ((1 + e - a) * (1 + e - a) + 4 * a).squareRoot()) / 2
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(
    _ u: Tensor<S>, _ w: Tensor<S>, into p: inout Tensor<S>, on pool: WorkerPool
  ) {
    let (d, e, n) = (differences, SymmetrisedDifferences(differences), shape.pixels)
    let planes = u.count / n
    precondition(
      w.count == 2 * u.count && p.count == 5 * u.count, "\(u.shape), \(w.shape), \(p.shape)")
    u.withPointer { u in
      w.withPointer { w in
        p.withMutablePointer { p in
          pool.forEachBand(planes: planes, height: d.height, width: d.width) { plane, rows in
            let (u, w) = (u + plane * n, w + 2 * plane * n)
            let (first, second) = (p + place(plane).first, p + place(plane).second)
            d.gradient(of: u, right: first, down: first + n, rows: rows)
            subtract(w, from: first, rows)
            e.apply(w, into: second, rows: rows)
          }
        }
      }
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func adjoint<S: TensorScalar>(
    of p: Tensor<S>, into u: inout Tensor<S>, _ w: inout Tensor<S>, on pool: WorkerPool
  ) {
    let (d, e, n) = (differences, SymmetrisedDifferences(differences), shape.pixels)
    let planes = u.count / n
    precondition(
      w.count == 2 * u.count && p.count == 5 * u.count, "\(u.shape), \(w.shape), \(p.shape)")
    u.withMutablePointer { u in
      w.withMutablePointer { w in
        p.withPointer { p in
          pool.forEachBand(planes: planes, height: d.height, width: d.width) { plane, rows in
            let (u, w) = (u + plane * n, w + 2 * plane * n)
            let (first, second) = (p + place(plane).first, p + place(plane).second)
            d.adjoint(
              of: first, first + n, times: 1, plus: 0, times: first, into: u, rows: rows)
            e.adjoint(of: second, minus: first, into: w, rows: rows)
          }
        }
      }
    }
  }

  /// `p <- p - w` where the field `w` has a number.
  @inline(__always)
  private func subtract<S: TensorScalar>(
    _ w: UnsafePointer<S>, from p: UnsafeMutablePointer<S>, _ rows: Range<Int>
  ) {
    let (width, n) = (shape.width, shape.pixels)
    for row in rows {
      let start = row * width
      for i in start..<start + width - 1 { p[i] -= w[i] }
      guard row + 1 < shape.height else { continue }
      for i in n + start..<n + start + width { p[i] -= w[i] }
    }
  }

  /// Where the duals of a plane are: those of `D u - w`, and those of `E w`.
  func place(_ plane: Int) -> (first: Int, second: Int) {
    let (n, channels, channel) = (shape.pixels, shape.channels, plane % shape.channels)
    let start = (plane - channel) * 5 * n
    return (start + 2 * channel * n, start + (2 * channels + 3 * channel) * n)
  }

  public func outerValues<S: TensorScalar>(of p: Tensor<S>, on pool: WorkerPool) -> [Double] {
    norm.values(of: p, on: pool)
  }

  public func proxOfDual<S: TensorScalar>(
    _ p: inout Tensor<S>, step: S, weight alpha: S, on pool: WorkerPool
  ) {
    norm.project(&p, radius: alpha, on: pool)
  }
}
