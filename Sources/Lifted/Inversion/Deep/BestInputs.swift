import Tensors

/// The best inputs of an inversion so far, each row's own, and how it came to them.
public struct BestInputs<S: TensorScalar>: Sendable {
  /// The measurements `f`, one in each row.
  public let measured: Tensor<S>
  /// The best input of each row.
  public private(set) var u: Tensor<S>
  /// What the best inputs are worth.
  public private(set) var terms: [ForwardObjective<S>.Terms]
  /// Steps done.
  public internal(set) var iterations = 0
  /// The judgements, means over the rows.
  public private(set) var history: [Judgement] = []
  private var rows: [Row]
  /// `L + 1` matrices of the layers' widths; nothing in them outlives a step or a judgement.
  var room: [Tensor<S>]

  /// A judgement of all rows, each as it was at that iteration.
  public struct Judgement: Sendable, Equatable, Codable {
    /// Steps done.
    public let iteration: Int
    /// `B_L(f, z_L(u)) + alpha J(u)`.
    public let objective: Double
    /// `B_L(f, z_L(u))`.
    public let residual: Double
    /// `J(u)`.
    public let regulariser: Double
    /// The objective of the best inputs so far.
    public let best: Double
  }

  /// One row's way.
  fileprivate struct Row {
    var best: Double
    var bestIteration = 0
    var last: Double
    var end: (reason: StopReason, iteration: Int)?
  }

  /// The record at a start.
  init(
    _ objective: ForwardObjective<S>, from u: Tensor<S>, measured f: Tensor<S>,
    on pool: WorkerPool
  ) throws(SolverError) {
    let network = objective.network
    try f.check(what: "measurements", [f.rows, network.outputs])
    try u.check(what: "start", [f.rows, network.inputs])
    (measured, self.u) = (f, u)
    room = network.widths.map { Tensor(shape: [f.rows, $0]) }
    room[0] = Tensor(shape: [0])
    terms = objective.terms(at: u, f, &room, on: pool)
    rows = []
    for (row, term) in terms.enumerated() {
      guard term.residual.isFinite else {
        throw .unsuitable(
          "row \(row) of the measurements is outside the range of the head's activation; clip it to "
            + "what the network can give")
      }
      // An input outside the domain of `J`, as a start of zeros may be, is better than none.
      let value = objective.value(term)
      rows.append(Row(best: value, last: value))
    }
    note(terms, objective)
  }

  private mutating func note(
    _ terms: [ForwardObjective<S>.Terms], _ objective: ForwardObjective<S>
  ) {
    let count = Double(max(terms.count, 1))
    history.append(
      Judgement(
        iteration: iterations,
        objective: terms.reduce(0) { $0 + objective.value($1) } / count,
        residual: terms.reduce(0) { $0 + $1.residual } / count,
        regulariser: terms.reduce(0) { $0 + $1.regulariser } / count,
        best: rows.reduce(0) { $0 + $1.best } / count))
  }

  /// Judges inputs, and keeps those that are their row's best.
  mutating func judge(
    _ candidate: Tensor<S>, _ objective: ForwardObjective<S>, by rule: StopRule,
    on pool: WorkerPool
  ) {
    let found = objective.terms(at: candidate, measured, &room, on: pool)
    let width = u.columns
    for row in rows.indices where rows[row].end == nil {
      let isBest = rows[row].observe(
        objective.value(found[row]), iterations, rule, comparing: objective.canCompare)
      guard isBest else { continue }
      terms[row] = found[row]
      u.withMutablePointer { u in
        candidate.withPointer { (u + row * width).update(from: $0 + row * width, count: width) }
      }
    }
    note(found, objective)
  }

  /// Why all rows have ended: the reason of the one that was last; `nil` if one still goes on.
  var end: StopReason? {
    guard rows.allSatisfy({ $0.end != nil }) else { return nil }
    return rows.compactMap(\.end).max { $0.iteration < $1.iteration }?.reason
  }

  /// The limit of a rule that has been reached, whatever the rows do.
  func limit(of rule: StopRule, seconds: Double) -> StopReason? {
    if let most = rule.maximumGradientEvaluations, iterations >= most {
      return .maximumGradientEvaluations
    }
    if let most = rule.maximumSeconds, seconds >= most { return .maximumSeconds }
    return iterations >= rule.maximumIterations ? .maximumIterations : nil
  }
}

extension BestInputs.Row {
  /// Takes note of a row's value; whether it is its best.
  fileprivate mutating func observe(
    _ value: Double, _ iteration: Int, _ rule: StopRule, comparing: Bool
  ) -> Bool {
    guard !value.isNaN, value < .infinity else {
      if best.isFinite { end = (.notFinite, iteration) }
      return false
    }
    let isBest = value < best || !comparing
    if isBest { (best, bestIteration) = (value, iteration) }
    if rule.tolerance > 0, abs(last - value) <= rule.tolerance * abs(value) {
      end = (.tolerance, iteration)
    } else if let patience = rule.patience, iteration - bestIteration >= patience {
      end = (.patience, iteration)
    } else if let growth = rule.forwardLossGrowth, value > growth * best {
      end = (.forwardLossGrowth, iteration)
    }
    last = value
    return isBest
  }
}

extension Tensor {
  /// Refuses another shape, and numbers that are not finite.
  fileprivate func check(what: String, _ expected: [Int]) throws(SolverError) {
    guard shape == expected else {
      throw .shape(.mismatch(what: what, expected: expected, found: shape))
    }
    guard !isFinite else { return }
    let row = (0..<rows).first { !self.rows($0..<($0 + 1)).isFinite } ?? 0
    throw .unsuitable(
      "row \(row) of the \(what) holds a number that is not finite; leave the row out or mend it")
  }
}
