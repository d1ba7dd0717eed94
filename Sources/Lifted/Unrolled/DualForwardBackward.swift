import Tensors

/// One step of the dual forward-backward algorithm for `min_x 1/2 ||x - d||^2 + g(L x)`, as a stage:
///
///     (u, d) -> (u - tau L (S u - d), d)
///
/// to be followed by the proximal map of `tau g^*` beside the identity: `Clip.dualBall(nu:)` for
/// `g = nu ||.||_1`. `d` is the data, carried along; the picture is `d - S u`. `S` is the adjoint of `L`, so
/// that the stage is quadratic in its parameters, or a map of its own, and then bilinear.
///
/// Shapes: `u` has the outputs of `L`, `d` its inputs. With `S = L^*` converges for `tau < 2/||L||^2`.
/// Source: Combettes, Dung and Vu, 2010, for the algorithm; Le et al., arXiv 2308.03139, unrolled, with
/// `S = L^*` (learned normalised operator) and without (learned free operators).
public struct DualForwardBackward: UnrolledStage {
  /// `L`, without an offset; where `S` is a map of its own, the two side by side.
  public let analysis: any AffineStage
  /// `tau`, `> 0`.
  public let step: Double

  private let forward: any AffineStage
  private let back: (any AffineStage)?

  /// - Parameters:
  ///   - analysis: `L`.
  ///   - synthesis: `S`; `nil` for the adjoint of `L`.
  ///   - step: `tau`.
  /// - Throws: ``SolverError`` unless `step > 0`, maps are without offset and `S` leads back.
  public init(
    _ analysis: any AffineStage, synthesis: (any AffineStage)? = nil, step: Double
  ) throws(SolverError) {
    try SolverError.requirePositive(step, "step")
    try SolverError.requireLinear(analysis)
    if let synthesis {
      try SolverError.requireLinear(synthesis)
      guard synthesis.inputs == analysis.outputs, synthesis.outputs == analysis.inputs else {
        throw .unsuitable(
          "the synthesis maps \(synthesis.inputs) to \(synthesis.outputs) numbers, the analysis "
            + "\(analysis.inputs) to \(analysis.outputs); one must lead back from the other")
      }
    }
    (forward, back, self.step) = (analysis, synthesis, step)
    self.analysis = synthesis.map { StagePair.parallel(analysis, $0) } ?? analysis
  }

  /// Numbers of `u`.
  public var features: Int { forward.outputs }
  /// `u`, then `d`.
  public var inputs: Int { forward.outputs + forward.inputs }
  /// `u`, then `d`.
  public var outputs: Int { inputs }
  /// Those of `L`, then those of `S` if it is a map of its own.
  public var parameters: [ParameterShape] { analysis.parameters }
  /// Not: `L` enters twice, or `L` times `S`.
  public var isAffineInParameters: Bool { false }

  /// `z <- (u - tau L (S u - d), d)`. Cost: `S` and `L`.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    advance(
      theta, Variable(matrix: x, start: 0), Variable(matrix: x, start: features), into: &z, pool)
    z.setColumns(from: features, to: x, features..<inputs, on: pool)
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// With `s = L^* r_u`: `(r_u - tau S^* s, r_d + tau s)`. Cost: `L^*` and `S^*`.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    let s = pullBack(theta, r, into: &u, pool)
    u.setColumns(from: features, to: r, features..<inputs, on: pool)
    u.addColumns(from: features, S(step), s, on: pool)
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// The gradient is `-tau r_u (S u - d)^*` in `L` and `-tau (L^* r_u) u^*` in `S`. Two maps take the
  /// residuals and inputs side by side; one that is tied the residuals `r_u` over `u`, at inputs
  /// `S u - d` over `L^* r_u`.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    factors(
      theta, of: r, Variable(matrix: x, start: 0), Variable(matrix: x, start: features), pool)
  }

  /// `u - tau L (S u - d)` into the first columns of `z`.
  func advance<S: TensorScalar>(
    _ theta: [Tensor<S>], _ u: Variable<S>, _ d: Variable<S>, into z: inout Tensor<S>,
    _ pool: WorkerPool
  ) {
    let v = residual(theta, u, d, pool)
    u.withSum(S(-step), 1, into: z.columns) { finish in
      forward.apply(
        forwardPart(theta), to: v, from: 0, into: &z, at: 0, on: pool, finish: finish)
    }
  }

  /// `r_u - tau S^* s` into the first columns of `u`, with `r_u` the first columns of `r`; `s = L^* r_u`.
  func pullBack<S: TensorScalar>(
    _ theta: [Tensor<S>], _ r: Tensor<S>, into u: inout Tensor<S>, _ pool: WorkerPool
  ) -> Tensor<S> {
    let s = forward.adjointed(forwardPart(theta), of: r, on: pool)
    Variable(matrix: r, start: 0).withSum(S(-step), 1, into: u.columns) { finish in
      if let back {
        back.adjoint(backPart(theta), of: s, from: 0, into: &u, at: 0, on: pool, finish: finish)
      } else {
        forward.apply(theta, to: s, from: 0, into: &u, at: 0, on: pool, finish: finish)
      }
    }
    return s
  }

  /// As ``gradientFactors(_:of:at:on:)``, with `u` and `d` where they are.
  func factors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, _ u: Variable<S>, _ d: Variable<S>, _ pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    let v = residual(theta, u, d, pool)
    let s = forward.adjointed(forwardPart(theta), of: r, on: pool)
    let dual = Variable(matrix: r, start: 0)
    guard back == nil else {
      return (
        dual.values(features, on: pool).beside(s, on: pool).scaled(by: S(-step)),
        v.beside(u.values(features, on: pool), on: pool)
      )
    }
    return (dual.stacked(over: u, features, times: S(-step), on: pool), v.stacked(over: s))
  }

  /// `S u - d`.
  private func residual<S: TensorScalar>(
    _ theta: [Tensor<S>], _ u: Variable<S>, _ d: Variable<S>, _ pool: WorkerPool
  ) -> Tensor<S> {
    d.withSum(1, -1, into: forward.inputs) { finish in
      back?.applied(backPart(theta), to: u.matrix, from: u.start, on: pool, finish: finish)
        ?? forward.adjointed(theta, of: u.matrix, from: u.start, on: pool, finish: finish)
    }
  }

  private func forwardPart<S: TensorScalar>(_ theta: [Tensor<S>]) -> [Tensor<S>] {
    Array(theta.prefix(forward.parameters.count))
  }

  private func backPart<S: TensorScalar>(_ theta: [Tensor<S>]) -> [Tensor<S>] {
    Array(theta.dropFirst(forward.parameters.count))
  }

  /// Not known: the curvature depends on `L`. Methods that need it refuse the stage.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S { .infinity }
}
