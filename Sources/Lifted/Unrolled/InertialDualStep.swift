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
  /// The columns of `d` in the input, and where they begin in the output.
  private var data: Range<Int> { (inputs - base.inputs + features)..<inputs }
  private var dataOut: Int { outputs - data.count }

  /// `z <- (y - tau L (S y - d), u, d)`. Cost: `S` and `L`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    base.advance(
      theta, extrapolated(x, pool), Variable(matrix: x, start: data.lowerBound), into: &z, pool)
    if keepsPast { z.setColumns(from: features, to: x, 0..<features, on: pool) }
    z.setColumns(from: dataOut, to: x, data, on: pool)
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// Cost: `L^*` and `S^*`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let s = base.pullBack(theta, r, into: &u, pool)
    u.setColumns(from: data.lowerBound, to: r, dataOut..<outputs, on: pool)
    u.addColumns(from: data.lowerBound, S(base.step), s, on: pool)
    if takesPast { extrapolateBack(&u, pool) }
    if keepsPast { u.addColumns(from: 0, 1, r, features..<(2 * features), on: pool) }
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// Those of the step from `(y, d)`.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    base.factors(
      theta, of: r, extrapolated(x, pool), Variable(matrix: x, start: data.lowerBound), pool)
  }

  /// `y = u + a (u - p)`.
  private func extrapolated<S: TensorScalar>(_ x: Tensor<S>, _ pool: WorkerPool) -> Variable<S> {
    guard takesPast else { return Variable(matrix: x, start: 0) }
    var y = Tensor<S>(unfilled: [x.rows, features])
    let (width, count) = (inputs, features)
    x.withPointer { x in
      y.forEachBand(on: pool) { tile, y in
        for row in tile.rows {
          let u = x + row * width
          S.combine(
            S(1 + inertia), u, S(-inertia), u + count, into: y + row * count, count: count)
        }
      }
    }
    return Variable(matrix: y, start: 0)
  }

  /// The residual `r_y` in the first columns becomes those of `u` and `p`: `(1 + a) r_y`, `-a r_y`.
  private func extrapolateBack<S: TensorScalar>(_ u: inout Tensor<S>, _ pool: WorkerPool) {
    let (width, count) = (inputs, features)
    u.forEachBand(on: pool) { tile, u in
      for row in tile.rows {
        let r = u + row * width
        S.combine(S(-inertia), r, 0, r, into: r + count, count: count)
        S.combine(S(1 + inertia), r, 0, r, into: r, count: count)
      }
    }
  }

  /// Not known: the curvature depends on `L`. Methods that need it refuse the stage.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { .infinity }
}
