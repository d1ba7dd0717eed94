import Tensors

/// A dual forward-backward step from an extrapolated point, as a stage:
///
///     (u, p, d) -> (y - tau L (L^* y - d), u, d),   y = u + a (u - p)
///
/// `p` is the dual variable before `u`. With `a_k = (t_k - 1)/t_{k+1}`, `t_{k+1} = (k + 3)/2` it is
/// accelerated (Beck and Teboulle, 2009); with `a` constant, inertial. To be followed by the proximal
/// map of `tau g^*` beside the identity.
///
/// Source: Le et al., arXiv 2308.03139, the inertial variant.
public struct InertialDualStep: UnrolledStage {
  /// The step from `(y, d)`.
  public let base: DualForwardBackward
  /// `a`, `0 <= a <= 1`.
  public let inertia: Double

  /// - Throws: ``SolverError`` unless `step > 0` and `0 <= inertia <= 1`.
  public init(
    _ analysis: any AffineStage, step: Double, inertia: Double
  ) throws(SolverError) {
    guard inertia >= 0, inertia <= 1 else {
      throw .outOfRange(parameter: "inertia", value: inertia, admissible: "from 0 to 1")
    }
    (base, self.inertia) = (try DualForwardBackward(analysis, step: step), inertia)
  }

  /// As ``DualForwardBackward/analysis``.
  public var analysis: any AffineStage { base.analysis }
  /// `u`, `p`, `d`.
  public var inputs: Int { base.inputs + analysis.outputs }
  /// `u`, `p`, `d`.
  public var outputs: Int { inputs }
  /// Those of `L`.
  public var parameters: [ParameterShape] { analysis.parameters }
  /// Not: `L` enters twice.
  public var isAffineInParameters: Bool { false }

  private var features: Int { analysis.outputs }
  private var tail: Range<Int> { features..<base.inputs }

  /// `z <- (y - tau L (L^* y - d), u, d)`. Cost: `L^*` and `L`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let next = base.applied(theta, to: extrapolated(x, pool), on: pool)
    z.setColumns(from: features, to: x.columns(0..<features, on: pool), on: pool)
    z.setColumns(from: 0, to: next.columns(0..<features, on: pool), on: pool)
    z.setColumns(from: 2 * features, to: next.columns(tail, on: pool), on: pool)
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// Cost: `L^*` and `L`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let back = base.adjointed(theta, of: outer(r, pool), on: pool)
    let ry = back.columns(0..<features, on: pool)
    u.setColumns(from: 0, to: r.columns(features..<2 * features, on: pool), on: pool)
    u.addColumns(from: 0, S(1 + inertia), ry, on: pool)
    u.setColumns(from: features, to: ry.scaled(by: S(-inertia)), on: pool)
    u.setColumns(from: 2 * features, to: back.columns(tail, on: pool), on: pool)
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// Those of the step from `(y, d)`.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    base.gradientFactors(theta, of: outer(r, pool), at: extrapolated(x, pool), on: pool)
  }

  /// `(y, d)`.
  private func extrapolated<S: TensorScalar>(_ x: Tensor<S>, _ pool: WorkerPool) -> Tensor<S> {
    var y = outer(x, pool)
    let (u, p) = (
      x.columns(0..<features, on: pool), x.columns(features..<2 * features, on: pool)
    )
    y.addColumns(from: 0, S(inertia), u, on: pool)
    y.addColumns(from: 0, S(-inertia), p, on: pool)
    return y
  }

  /// The first and the last of the three parts.
  private func outer<S: TensorScalar>(_ x: Tensor<S>, _ pool: WorkerPool) -> Tensor<S> {
    var pair = Tensor<S>(shape: [x.rows, base.inputs])
    pair.setColumns(from: 0, to: x.columns(0..<features, on: pool), on: pool)
    pair.setColumns(from: features, to: x.columns(2 * features..<inputs, on: pool), on: pool)
    return pair
  }

  /// Not known: the curvature depends on `L`. Methods that need it refuse the stage.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { .infinity }
}
