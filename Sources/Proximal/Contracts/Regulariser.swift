import Tensors

/// A convex function `J` of an unknown picture or row of numbers, with its structure:
///
///     J(u) = g(u) + min_w h(K (u, w))
///
/// `g` has a proximal map in closed form, `K` is linear, `h^*` has a proximal map in closed form, and `w`
/// are auxiliary variables of `J` itself, as in total generalised variation. A function without a linear
/// map inside is `g` alone: ``RowRegulariser``. Primal-dual solvers work with the parts, all others with
/// ``Prior/prox(of:step:_:on:)``.
///
/// A conforming type states the parts that it has; the rest is 0 by default. From them follow the values
/// where there is no `w`, and the proximal map by iteration.
public protocol Regulariser: Prior {
  /// `J` of each row; `+infinity` outside the domain.
  func values<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double]

  /// Whether there is a `g` that is not 0; `false` by default.
  var hasSimplePart: Bool { get }
  /// `g` of each row; by default 0.
  func simpleValues<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double]
  /// `u <- prox_{step g}(u)`, `step > 0`; by default nothing, `g = 0`.
  func proxOfSimplePart<S: TensorScalar>(_ u: inout Tensor<S>, step: S, on pool: WorkerPool)

  /// Numbers in `w` for rows of `columns` numbers; 0 by default.
  func auxiliaries(columns: Int) -> Int
  /// Numbers in `K (u, w)` for rows of `columns` numbers; 0 by default: no linear map.
  func duals(columns: Int) -> Int
  /// An upper bound of `||K||^2`; 0 by default.
  func squaredNorm(columns: Int) -> Double
  /// `p <- K (u, w)`.
  func apply<S: TensorScalar>(
    _ u: Tensor<S>, _ w: Tensor<S>, into p: inout Tensor<S>, on pool: WorkerPool)
  /// `(u, w) <- K^* p`.
  func adjoint<S: TensorScalar>(
    of p: Tensor<S>, into u: inout Tensor<S>, _ w: inout Tensor<S>, on pool: WorkerPool)

  /// `h` of each row of `p`, such as `K (u, w)`; by default 0.
  func outerValues<S: TensorScalar>(of p: Tensor<S>, on pool: WorkerPool) -> [Double]
  /// `p <- prox_{step (alpha h)^*}(p)`, `step, alpha > 0`: for norms a projection onto `alpha` times the dual
  /// ball.
  func proxOfDual<S: TensorScalar>(
    _ p: inout Tensor<S>, step: S, weight alpha: S, on pool: WorkerPool)
}

extension Regulariser {
  public var hasSimplePart: Bool { false }
  public func simpleValues<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    Array(repeating: 0, count: u.rows)
  }
  public func proxOfSimplePart<S: TensorScalar>(
    _ u: inout Tensor<S>, step: S, on pool: WorkerPool
  ) {}

  public func auxiliaries(columns: Int) -> Int { 0 }
  public func duals(columns: Int) -> Int { 0 }
  public func squaredNorm(columns: Int) -> Double { 0 }
  public func apply<S: TensorScalar>(
    _ u: Tensor<S>, _ w: Tensor<S>, into p: inout Tensor<S>, on pool: WorkerPool
  ) {}
  public func adjoint<S: TensorScalar>(
    of p: Tensor<S>, into u: inout Tensor<S>, _ w: inout Tensor<S>, on pool: WorkerPool
  ) {}

  public func outerValues<S: TensorScalar>(of p: Tensor<S>, on pool: WorkerPool) -> [Double] {
    Array(repeating: 0, count: p.rows)
  }
  public func proxOfDual<S: TensorScalar>(
    _ p: inout Tensor<S>, step: S, weight alpha: S, on pool: WorkerPool
  ) {}

  /// `g(u) + h(K u)`, where there is no `w`.
  public func values<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    precondition(
      auxiliaries(columns: u.columns) == 0, "values with auxiliary variables are a type's own")
    let simple = simpleValues(of: u, on: pool)
    guard duals(columns: u.columns) > 0 else { return simple }
    var p = Tensor<S>(shape: [u.rows, duals(columns: u.columns)])
    apply(u, Tensor(shape: [u.rows, 0]), into: &p, on: pool)
    return zip(simple, outerValues(of: p, on: pool)).map { $0 + $1 }
  }

  /// In closed form without `K`, else by ``DualProx`` or, with auxiliary variables, ``PrimalDualProx``.
  public func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    guard duals(columns: u.columns) > 0 else { return proxOfSimplePart(&u, step: step, on: pool) }
    iteratedProx(of: &u, step: step, &memory, on: pool)
  }

  func iteratedProx<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    guard auxiliaries(columns: u.columns) == 0 else {
      return RowByRow(pool: pool).solve(&u, &memory) { u, memory, pool in
        var search = PrimalDualProx(self, of: u, step: step, memory, on: pool)
        search.iterate(memory.effort.most)
        (u, memory.tensors) = (search.u, search.kept)
        let isProof = if case .accuracy = memory.effort { true } else { false }
        memory.note(gaps: isProof ? [.infinity] : [], iterations: search.iterations)
      }
    }
    var dual = DualProx(self, of: u, step: step, memory, on: pool)
    dual.solve(memory.effort)
    u = dual.point
    memory.tensors = dual.kept
    memory.note(gaps: dual.gaps, iterations: dual.iterations)
  }
}
