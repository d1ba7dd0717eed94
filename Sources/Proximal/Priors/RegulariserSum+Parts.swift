import Tensors

// The parts of a sum, of which each block is one `h_i(K_i (u, w_i))`.
extension RegulariserSum {
  public var hasSimplePart: Bool { simple != nil }

  public func simpleValues<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    guard let simple else { return Array(repeating: 0, count: u.rows) }
    let term = terms[simple]
    return term.regulariser.simpleValues(of: u, on: pool).map { term.weight * $0 }
  }

  public func proxOfSimplePart<S: TensorScalar>(
    _ u: inout Tensor<S>, step: S, on pool: WorkerPool
  ) {
    guard let simple else { return }
    let term = terms[simple]
    term.regulariser.proxOfSimplePart(&u, step: step * S(term.weight), on: pool)
  }

  public func auxiliaries(columns: Int) -> Int {
    blocks.last?.auxiliaries.upperBound ?? 0
  }

  public func duals(columns: Int) -> Int { blocks.last?.duals.upperBound ?? 0 }

  public func squaredNorm(columns: Int) -> Double {
    blocks.reduce(0) {
      $0 + ($1.isIdentity ? 1 : $1.term.regulariser.squaredNorm(columns: columns))
    }
  }

  public func apply<S: TensorScalar>(
    _ u: Tensor<S>, _ w: Tensor<S>, into p: inout Tensor<S>, on pool: WorkerPool
  ) {
    for block in blocks {
      var part = u
      if !block.isIdentity {
        part = p.columns(block.duals)
        block.term.regulariser.apply(u, w.columns(block.auxiliaries), into: &part, on: pool)
      }
      p.setColumns(block.duals, to: part)
    }
  }

  public func adjoint<S: TensorScalar>(
    of p: Tensor<S>, into u: inout Tensor<S>, _ w: inout Tensor<S>, on pool: WorkerPool
  ) {
    var sum = Tensor<S>(shape: u.shape)
    for block in blocks {
      var part = p.columns(block.duals)
      if !block.isIdentity {
        var fields = w.columns(block.auxiliaries)
        block.term.regulariser.adjoint(of: part, into: &u, &fields, on: pool)
        w.setColumns(block.auxiliaries, to: fields)
        part = u
      }
      sum.combine(1, 1, part, on: pool)
    }
    u = sum
  }

  public func outerValues<S: TensorScalar>(of p: Tensor<S>, on pool: WorkerPool) -> [Double] {
    blocks.reduce(Array(repeating: 0, count: p.rows)) { sum, block in
      let (j, part) = (block.term.regulariser, p.columns(block.duals))
      let values =
        block.isIdentity
        ? j.simpleValues(of: part, on: pool) : j.outerValues(of: part, on: pool)
      return zip(sum, values).map { $0 + block.term.weight * $1 }
    }
  }

  public func proxOfDual<S: TensorScalar>(
    _ p: inout Tensor<S>, step: S, weight alpha: S, on pool: WorkerPool
  ) {
    for block in blocks {
      let (j, weight) = (block.term.regulariser, alpha * S(block.term.weight))
      var part = p.columns(block.duals)
      if block.isIdentity {
        // prox_{s f^*}(p) = p - s prox_{f / s}(p / s)
        var x = part
        x.scale(by: 1 / step)
        j.proxOfSimplePart(&x, step: weight / step, on: pool)
        part.combine(1, -step, x, on: pool)
      } else {
        j.proxOfDual(&part, step: step, weight: weight, on: pool)
      }
      p.setColumns(block.duals, to: part)
    }
  }
}
