import Tensors

/// A dual forward-backward step from an extrapolated point, as a stage:
///
///     (u, p, d) -> (y - tau L (S y - d), u, d),   y = u + a (u - p)
///
/// `p` is the dual variable before `u`. With `a_k = (t_k - 1)/t_{k+1}`, `t_{k+1} = (k + 3)/2` it is
/// accelerated (Beck and Teboulle, 2009); with `a` constant, inertial. To be followed by the proximal
/// map of `tau g^*` beside the identity. The first step of a network knows no `p`, the last need not
/// remember one.
///
/// Source: Le et al., arXiv 2308.03139, the inertial variant.
public struct InertialDualStep: UnrolledStage {
  /// The step from `(y, d)`.
  public let base: DualForwardBackward
  /// `a`, `0 <= a <= 1`.
  public let inertia: Double
  /// Whether `p` comes in; if not, `y = u`.
  public let takesPast: Bool
  /// Whether `u` goes out as the next step's `p`.
  public let keepsPast: Bool

  /// - Throws: ``SolverError`` unless `0 <= inertia <= 1`.
  public init(
    _ base: DualForwardBackward, inertia: Double, takesPast: Bool = true, keepsPast: Bool = true
  ) throws(SolverError) {
    guard inertia >= 0, inertia <= 1 else {
      throw .outOfRange(parameter: "inertia", value: inertia, admissible: "from 0 to 1")
    }
    (self.base, self.inertia) = (base, inertia)
    (self.takesPast, self.keepsPast) = (takesPast, keepsPast)
  }

  /// As ``DualForwardBackward/analysis``.
  public var analysis: any AffineStage { base.analysis }
  /// `u`, `p`, `d`.
  public var inputs: Int { base.inputs + (takesPast ? features : 0) }
  /// `u`, `p`, `d`.
  public var outputs: Int { base.inputs + (keepsPast ? features : 0) }
  /// Those of the step from `(y, d)`.
  public var parameters: [ParameterShape] { analysis.parameters }
  /// Not: `L` enters twice, or `L` times `S`.
  public var isAffineInParameters: Bool { false }

  private var features: Int { base.features }
  private var tail: Range<Int> { features..<base.inputs }

  /// `z <- (y - tau L (S y - d), u, d)`. Cost: `S` and `L`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let next = base.applied(theta, to: extrapolated(x, pool), on: pool)
    if keepsPast {
      z.setColumns(from: features, to: x.columns(0..<features, on: pool), on: pool)
    }
    z.setColumns(from: 0, to: next.columns(0..<features, on: pool), on: pool)
    z.setColumns(from: outputs - tail.count, to: next.columns(tail, on: pool), on: pool)
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// Cost: `L^*` and `S^*`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let back = base.adjointed(theta, of: outer(r, hasPast: keepsPast, pool), on: pool)
    let ry = back.columns(0..<features, on: pool)
    u.setColumns(from: 0, to: ry, on: pool)
    if takesPast {
      u.addColumns(from: 0, S(inertia), ry, on: pool)
      u.setColumns(from: features, to: ry.scaled(by: S(-inertia)), on: pool)
    }
    if keepsPast {
      u.addColumns(from: 0, 1, r.columns(features..<2 * features, on: pool), on: pool)
    }
    u.setColumns(from: inputs - tail.count, to: back.columns(tail, on: pool), on: pool)
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// Those of the step from `(y, d)`.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    base.gradientFactors(
      theta, of: outer(r, hasPast: keepsPast, pool), at: extrapolated(x, pool), on: pool)
  }

  /// `(y, d)`.
  private func extrapolated<S: TensorScalar>(_ x: Tensor<S>, _ pool: WorkerPool) -> Tensor<S> {
    guard takesPast else { return x }
    var y = outer(x, hasPast: true, pool)
    let (u, p) = (
      x.columns(0..<features, on: pool), x.columns(features..<2 * features, on: pool)
    )
    y.addColumns(from: 0, S(inertia), u, on: pool)
    y.addColumns(from: 0, S(-inertia), p, on: pool)
    return y
  }

  /// The first and the last of the parts.
  private func outer<S: TensorScalar>(
    _ x: Tensor<S>, hasPast: Bool, _ pool: WorkerPool
  ) -> Tensor<S> {
    guard hasPast else { return x }
    return x.columns(0..<features, on: pool)
      .beside(x.columns(2 * features..<x.columns, on: pool), on: pool)
  }

  /// Not known: the curvature depends on `L`. Methods that need it refuse the stage.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { .infinity }
}
