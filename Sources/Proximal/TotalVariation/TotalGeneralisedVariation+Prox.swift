import Tensors

extension TotalGeneralisedVariation {
  /// Iterations between two looks at the gap.
  private static var stride: Int { 10 }

  /// `min_w` by iteration, from above: within a thousandth, which a dual point proves, or what 2000
  /// iterations reach. 0 for affine `u`, but for rounding.
  public func values<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    precondition(u.columns == shape.count, "rows of \(u.columns) numbers for pictures of \(shape)")
    return RowByRow(pool: pool).map(u.rows) { row, pool in
      value(of: u.rows(row..<row + 1), on: pool)
    }
  }

  private func value<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> Double {
    var search = PrimalDualProx(
      self, of: u, step: 1, start(of: u, on: pool), radius: alpha1, isHeld: true, on: pool)
    var (value, bound) = (Double.infinity, 0.0)
    while true {
      let ends = ends(at: u, search.w, feasible(search.p, radius: 1, on: pool), on: pool)
      (value, bound) = (min(value, ends.value), max(bound, ends.product))
      guard value < .infinity, value - bound > 1e-3 * value, search.iterations < 2000 else {
        return value
      }
      search.iterate(Self.stride)
    }
  }

  /// `w = D u`, where `J` is small if edges are few.
  private func start<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> RegulariserMemory<S>
  {
    var p = Tensor<S>(shape: [u.rows, duals(columns: u.columns)])
    var w = Tensor<S>(shape: [u.rows, auxiliaries(columns: u.columns)])
    apply(u, w, into: &p, on: pool)
    let (pixels, planes) = (shape.pixels, u.count / shape.pixels)
    w.withMutablePointer { w in
      p.withPointer { p in
        for plane in 0..<planes {
          (w + 2 * plane * pixels).update(from: p + place(plane).first, count: 2 * pixels)
        }
      }
    }
    var memory = RegulariserMemory<S>()
    memory.tensors = [u, w, Tensor(shape: p.shape)]
    return memory
  }

  /// By ``PrimalDualProx``. The gap is that of a dual point with `(K^* p)_w = 0`: `p_1 = E^* p_2`, both scaled
  /// into the ball. With it, `u = v - (K^* p)_u` and any `w`,
  ///
  ///     gap = s h(K (u, w)) - <p, K (u, w)>  >=  1/2 ||u - prox||^2
  public func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    precondition(u.columns == shape.count, "rows of \(u.columns) numbers for pictures of \(shape)")
    RowByRow(pool: pool).solve(&u, &memory) { u, memory, pool in
      var search = PrimalDualProx(self, of: u, step: step, memory, radius: alpha1, on: pool)
      if case .iterations(let count) = memory.effort {
        search.iterate(count)
        u = search.u
        memory.note(gaps: [], iterations: count)
      } else {
        let gap = gap(after: &search, &u, step, memory.effort, on: pool)
        memory.note(gaps: [gap], iterations: search.iterations)
      }
      memory.tensors = search.kept
    }
  }

  /// Iterates until the gap is small enough, or as often as it may; `u` is then the point of that gap.
  private func gap<S: TensorScalar>(
    after search: inout PrimalDualProx<Self, S>, _ u: inout Tensor<S>, _ step: S,
    _ effort: ProxEffort, on pool: WorkerPool
  ) -> Double {
    let enough = effort.gap(columns: u.columns)
    while true {
      search.iterate(min(Self.stride, effort.most - search.iterations))
      let p = feasible(search.p, radius: step, on: pool)
      u = search.point(at: p)
      let ends = ends(at: u, search.w, p, on: pool)
      let gap = max(Double(step) * ends.value - ends.product, 0)
      if gap <= enough || search.iterations >= effort.most { return gap }
    }
  }

  /// `h(K (u, w))` and `<p, K (u, w)>` of a row.
  private func ends<S: TensorScalar>(
    at u: Tensor<S>, _ w: Tensor<S>, _ p: Tensor<S>, on pool: WorkerPool
  ) -> (value: Double, product: Double) {
    var k = p
    apply(u, w, into: &k, on: pool)
    return (outerValues(of: k, on: pool)[0], k.dot(p))
  }

  /// `(E^* p_2, p_2)`, scaled so that `|E^* p_2| <= radius alpha_1`; `|p_2| <= radius alpha_0` already.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private func feasible<S: TensorScalar>(
    _ p: Tensor<S>, radius: S, on pool: WorkerPool
  ) -> Tensor<S> {
    var made = p
    let (n, planes) = (shape.pixels, p.count / (5 * shape.pixels))
    let together = channels == .coupled ? shape.channels : 1
    let e = SymmetrisedDifferences(ForwardDifferences(height: shape.height, width: shape.width))
    made.withMutablePointer { p in
      pool.forEach(planes / together) { group in
        let some = (group * together..<(group + 1) * together).map { place($0) }
        for (first, second) in some { e.adjoint(of: p + second, into: p + first) }
        let largest = (0..<n).reduce(S(0)) { largest, i in
          max(largest, some.reduce(0) { square($0, p[$1.first + i], p[$1.first + n + i]) })
        }.squareRoot()
        let most = radius * S(alpha1)
        guard largest > most else { return }
        for (first, second) in some {
          S.combine(most / largest, p + first, 0, p + first, into: p + first, count: 2 * n)
          S.combine(most / largest, p + second, 0, p + second, into: p + second, count: 3 * n)
        }
      }
    }
    return made
  }

  private func square<S: TensorScalar>(_ sum: S, _ a: S, _ b: S) -> S { sum + a * a + b * b }
}
