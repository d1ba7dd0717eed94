import Tensors

/// The total variation of pictures, or of signals, by forward differences:
///
///     J(u) = h(D u),   D as in ForwardDifferences, plane by plane
///     h(p) = sum_pixels |p|_2 over both differences, or the sum of the two lengths
///
/// The lengths are those of each channel by itself, or one for all channels of a pixel, so that edges
/// of colours meet. Signals are pictures of one row. `||K|| = ||D||` is exact.
///
/// Source: Rudin, Osher and Fatemi, Physica D 60, 1992; Bresson and Chan, Inverse Problems and Imaging 2,
/// 2008, for colours.
public struct TotalVariation: Regulariser, Equatable {
  /// What is added up at a pixel.
  public enum Length: String, Sendable, CaseIterable {
    /// The Euclidean length of the gradient: all directions of an edge cost the same.
    case isotropic
    /// The differences to the right and downwards each by themselves.
    case anisotropic
  }

  /// What becomes of several channels.
  public enum Channels: String, Sendable, CaseIterable {
    /// Each has its own length.
    case separate
    /// One Euclidean length for all.
    case coupled
  }

  /// Channels and extents of a picture.
  public let shape: ImageShape
  /// What is added up at a pixel.
  public let length: Length
  /// What becomes of several channels.
  public let channels: Channels
  /// The gradient of a plane.
  public var differences: ForwardDifferences {
    ForwardDifferences(height: shape.height, width: shape.width)
  }

  /// The total variation of pictures of the given channels and extents.
  public init(
    _ shape: ImageShape, _ length: Length = .isotropic, channels: Channels = .separate
  ) {
    (self.shape, self.length, self.channels) = (shape, length, channels)
  }

  public func check(columns: Int) throws(ProximalError) {
    guard columns != shape.count else { return }
    throw .columns(columns, of: "TotalVariation", needs: "\(shape.count), pictures of \(shape)")
  }

  /// Differences are planes: of each channel one to the right, then one downwards.
  var norm: MixedNorm {
    let all = 2 * shape.channels
    let groups: [MixedNorm.Group] =
      switch (length, channels) {
      case (.isotropic, .separate):
        stride(from: 0, to: all, by: 2).map { MixedNorm.Group(first: $0, count: 2) }
      case (.isotropic, .coupled): [MixedNorm.Group(first: 0, count: all)]
      case (.anisotropic, .separate): (0..<all).map { MixedNorm.Group(first: $0, count: 1) }
      case (.anisotropic, .coupled):
        (0..<2).map { MixedNorm.Group(first: $0, count: shape.channels, stride: 2) }
      }
    return MixedNorm(pixels: shape.pixels, groups: groups)
  }

  public func duals(columns: Int) -> Int { 2 * columns }
  public func squaredNorm(columns: Int) -> Double { differences.norm * differences.norm }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func apply<S: TensorScalar>(
    _ u: Tensor<S>, _ w: Tensor<S>, into p: inout Tensor<S>, on pool: WorkerPool
  ) {
    let (differences, pixels) = (differences, shape.pixels)
    let planes = u.count / pixels
    precondition(p.count == 2 * u.count, "\(p.count) differences of \(u.count) numbers")
    u.withPointer { u in
      p.withMutablePointer { p in
        pool.forEachBand(planes: planes, height: shape.height, width: shape.width) {
          let p = p + 2 * $0 * pixels
          differences.gradient(of: u + $0 * pixels, right: p, down: p + pixels, rows: $1)
        }
      }
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  public func adjoint<S: TensorScalar>(
    of p: Tensor<S>, into u: inout Tensor<S>, _ w: inout Tensor<S>, on pool: WorkerPool
  ) {
    let (differences, pixels) = (differences, shape.pixels)
    let planes = u.count / pixels
    precondition(p.count == 2 * u.count, "\(p.count) differences of \(u.count) numbers")
    u.withMutablePointer { u in
      p.withPointer { p in
        pool.forEachBand(planes: planes, height: shape.height, width: shape.width) {
          let (u, p) = (u + $0 * pixels, p + 2 * $0 * pixels)
          differences.adjoint(
            of: p, p + pixels, times: 1, plus: 0, times: p, into: u, rows: $1)
        }
      }
    }
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
