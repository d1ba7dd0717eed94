import Tensors

/// `J(u) = sum_i c_i J_i(u)`, weights `c_i > 0`, of regularisers whose proximal maps do not add up.
///
/// With `J_i = g_i + min_w h_i(K_i (u, w))`: the first `g_i` that is not 0 is the `g` of the sum, so name
/// first what should hold exactly, such as a ``Box``. Every other one joins the linear maps as an `h` of its
/// own whose `K` is the identity, with `g_i^*` by Moreau's identity. The maps are stacked:
///
///     h(K (u, w)) = sum_i c_i h_i(K_i (u, w_i)) + sum_{i others} c_i g_i(u)
///
/// `||K||^2` is bounded by the sum of the parts', which is exact for one linear map and identities. The
/// proximal map is iterated; of a single term it is that term's. No gap is proven beside a term with
/// auxiliary variables, and none while a `g` that is not the first is infinite.
public struct RegulariserSum: Regulariser {
  /// `c_i J_i`.
  public struct Term: Sendable {
    /// `c_i`
    public let weight: Double
    /// `J_i`
    public let regulariser: any Regulariser

    /// - Throws: ``ProximalError`` unless the weight is greater than 0.
    public init(_ weight: Double, _ regulariser: any Regulariser) throws(ProximalError) {
      try ProximalError.require(
        weight > 0, "RegulariserSum", "weight", weight, "a finite number greater than 0")
      (self.weight, self.regulariser) = (weight, regulariser)
    }
  }

  /// The terms as given.
  public let terms: [Term]
  /// Numbers in a row.
  public let columns: Int
  /// The place of the term whose `g` is that of the sum.
  let simple: Int?
  /// The rows of `K`.
  let blocks: [Block]

  /// The sum of some terms for rows of `columns` numbers; of no terms, 0.
  /// - Throws: ``ProximalError`` of a term that cannot take such rows.
  public init(_ terms: [Term], columns: Int) throws(ProximalError) {
    for term in terms { try term.regulariser.check(columns: columns) }
    (self.terms, self.columns) = (terms, columns)
    simple = terms.firstIndex { $0.regulariser.hasSimplePart }
    blocks = Block.all(of: terms, simple: simple, columns: columns)
  }

  /// `c_1 J_1 + c_2 J_2 + …` for rows of `columns` numbers.
  /// - Throws: ``ProximalError`` of a weight that is not greater than 0 or a term that cannot take such rows.
  public init(
    _ terms: (weight: Double, regulariser: any Regulariser)..., columns: Int
  ) throws(ProximalError) {
    var made: [Term] = []
    for term in terms { made.append(try Term(term.weight, term.regulariser)) }
    try self.init(made, columns: columns)
  }

  public func check(columns: Int) throws(ProximalError) {
    guard columns != self.columns else { return }
    throw .columns(columns, of: "RegulariserSum", needs: "\(self.columns), as it was made for")
  }

  public func values<S: TensorScalar>(of u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    added(rows: u.rows) { $0.regulariser.values(of: u, on: pool) }
  }

  private func added(rows: Int, _ values: (Term) -> [Double]) -> [Double] {
    terms.reduce(Array(repeating: 0, count: rows)) { sum, term in
      zip(sum, values(term)).map { $0 + term.weight * $1 }
    }
  }

  public func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    precondition(u.columns == columns, "rows of \(u.columns) numbers, not \(columns)")
    if terms.count == 1 {
      terms[0].regulariser.prox(of: &u, step: step * S(terms[0].weight), &memory, on: pool)
    } else if blocks.isEmpty {
      proxOfSimplePart(&u, step: step, on: pool)
    } else if let (range, weight, variation) = pictures {
      // What is kept are the duals of the sum; those of the kernels lie in unit discs.
      for k in memory.tensors.indices { memory.tensors[k].scale(by: 1 / S(weight)) }
      variation.solvePlanes(&u, step * S(weight), within: range, &memory, on: pool)
      for k in memory.tensors.indices { memory.tensors[k].scale(by: S(weight)) }
    } else {
      iteratedProx(of: &u, step: step, &memory, on: pool)
    }
  }

  /// Of a box and the total variation of planes, the common case, with kernels of its own.
  private var pictures: (range: ClosedRange<Double>, weight: Double, TotalVariation)? {
    guard terms.count == 2, let box = terms[0].regulariser as? Box,
      let variation = terms[1].regulariser as? TotalVariation, variation.isOfPlanes
    else { return nil }
    return (box.lower...box.upper, terms[1].weight, variation)
  }
}

extension RegulariserSum {
  /// `c h(K (u, w))` of a term with its places in the sum's `w` and `p`; or the identity before a `c g`
  /// that is not the sum's.
  struct Block: Sendable {
    let term: Term
    let isIdentity: Bool
    let auxiliaries: Range<Int>
    let duals: Range<Int>

    static func all(of terms: [Term], simple: Int?, columns: Int) -> [Block] {
      var blocks: [Block] = []
      func add(_ term: Term, _ w: Int, _ p: Int, isIdentity: Bool) {
        let start = (blocks.last?.auxiliaries.upperBound ?? 0, blocks.last?.duals.upperBound ?? 0)
        blocks.append(
          Block(
            term: term, isIdentity: isIdentity, auxiliaries: start.0..<start.0 + w,
            duals: start.1..<start.1 + p))
      }
      for (place, term) in terms.enumerated() {
        let j = term.regulariser
        let own = j.duals(columns: columns)
        if own > 0 { add(term, j.auxiliaries(columns: columns), own, isIdentity: false) }
        if j.hasSimplePart && place != simple { add(term, 0, columns, isIdentity: true) }
      }
      return blocks
    }
  }
}
