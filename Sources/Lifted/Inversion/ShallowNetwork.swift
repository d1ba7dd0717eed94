import Proximal

/// A shallow network of one number, `N(u) = sum_j c_j sigma(w_j u + b_j)`, and its inversion by coordinate descent
/// in closed form:
///
///     min  1/2 (f - sum_j c_j u_j)^2 + sum_j B(u_j, w_j u + b_j) + alpha/2 u^2
///     u_j <- prox_{Psi/(1 + c_j^2)}((c_j (f - sum_{k != j} c_k u_k) + w_j u + b_j) / (1 + c_j^2))
///     u   <- (u - sum_j w_j (sigma(w_j u + b_j) - u_j) / ||w||^2) / (1 + alpha/||w||^2)
///
/// Every step lowers the objective. It is exact for networks with steep increasing outputs and slow, or in
/// effect stuck, where slopes vanish or the `c_j` change sign; the report says so.
///
/// Source: Wang et al., arXiv 2510.09796, the shallow example; methods in `docs/paper-map.md`.
public struct ShallowNetwork: Sendable {
  /// `c`.
  public let c: [Double]
  /// `w`, as many, not all 0.
  public let w: [Double]
  /// `b`, as many.
  public let b: [Double]
  /// `sigma`.
  public let activation: any SeparableActivation

  /// - Throws: ``SolverError`` unless the three are equally long and not empty, and `w` is not 0.
  public init(
    c: [Double], w: [Double], b: [Double], _ activation: any SeparableActivation
  ) throws(SolverError) {
    guard !c.isEmpty, c.count == w.count, c.count == b.count else {
      throw .unsuitable(
        "\(c.count) coefficients, \(w.count) weights and \(b.count) offsets; give one each for every unit"
      )
    }
    guard w.contains(where: { $0 != 0 }), (c + w + b).allSatisfy(\.isFinite) else {
      throw .unsuitable("the weights are all 0 or not finite; such a network has no inverse")
    }
    (self.c, self.w, self.b, self.activation) = (c, w, b, activation)
  }

  /// `N(u)`.
  public func output(at u: Double) -> Double {
    c.indices.reduce(0) { $0 + c[$1] * activation.activation(w[$1] * u + b[$1]) }
  }

  /// The start of an inversion: the forward pass at `u`.
  public func start(from u: Double = 0) -> ShallowState {
    ShallowState(u: u, units: c.indices.map { activation.activation(w[$0] * u + b[$0]) })
  }

  /// The objective. Cost: a Bregman penalty for each unit.
  public func objective(_ state: ShallowState, for f: Double, alpha: Double) -> Double {
    let r = f - zip(c, state.units).reduce(0) { $0 + $1.0 * $1.1 }
    return c.indices.reduce(r * r / 2 + alpha / 2 * state.u * state.u) {
      $0 + activation.bregman(state.units[$1], w[$1] * state.u + b[$1])
    }
  }

  /// One sweep over the units, then the unknown.
  public func sweep(_ state: inout ShallowState, for f: Double, alpha: Double) {
    let old = state
    var sum = zip(c, state.units).reduce(0) { $0 + $1.0 * $1.1 }
    for j in c.indices {
      let weight = 1 + c[j] * c[j]
      let rest = f - (sum - c[j] * state.units[j])
      let v = (c[j] * rest + w[j] * state.u + b[j]) / weight
      let moved = activation.prox(of: v, step: 1 / weight)
      sum += c[j] * (moved - state.units[j])
      state.units[j] = moved
    }
    let norm = w.reduce(0) { $0 + $1 * $1 }
    let pull = w.indices.reduce(0) {
      $0 + w[$1] * (activation.activation(w[$1] * state.u + b[$1]) - state.units[$1])
    }
    state.u = (state.u - pull / norm) / (1 + alpha / norm)
    state.note(from: old)
  }

  /// The unknown for `f`.
  ///
  /// It has converged when the last change, continued as the geometric series that the last two make, adds up to
  /// no more than `tolerance` relative to the variables.
  /// - Parameters:
  ///   - f: the measurement.
  ///   - alpha: the weight of `u^2/2`, at least 0.
  ///   - start: the first guess.
  ///   - tolerance: see above, `> 0`.
  ///   - maximumSweeps: at least 1.
  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public func inverse(
    of f: Double, alpha: Double, from start: Double = 0, tolerance: Double = 1e-8,
    maximumSweeps: Int = 10_000
  ) throws(SolverError) -> ShallowInverse {
    guard alpha >= 0, alpha.isFinite else {
      throw .outOfRange(
        parameter: "alpha", value: alpha, admissible: "a finite number, at least 0")
    }
    try SolverError.requirePositive(tolerance, "tolerance")
    guard f.isFinite, start.isFinite, maximumSweeps >= 1 else {
      throw .unsuitable("measurement and start must be finite, and maximumSweeps at least 1")
    }
    var state = self.start(from: start)
    var history = [objective(state, for: f, alpha: alpha)]
    var hasConverged = false
    while state.sweeps < maximumSweeps, !hasConverged {
      sweep(&state, for: f, alpha: alpha)
      history.append(objective(state, for: f, alpha: alpha))
      hasConverged = state.remainder <= tolerance * (1 + abs(state.u))
    }
    return ShallowInverse(
      u: state.u, residual: f - output(at: state.u), sweeps: state.sweeps,
      hasConverged: hasConverged, objectives: history)
  }
}

/// Where the coordinate descent of a ``ShallowNetwork`` is.
public struct ShallowState: Sendable, Equatable {
  /// The unknown.
  public internal(set) var u: Double
  /// `u_1, ..., u_m`.
  public internal(set) var units: [Double]
  /// Sweeps done.
  public private(set) var sweeps = 0
  /// The last two changes, the newer first.
  private var changes = (newest: Double.infinity, older: Double.infinity)

  init(u: Double, units: [Double]) { (self.u, self.units) = (u, units) }

  mutating func note(from old: ShallowState) {
    let change = zip(units, old.units).reduce(abs(u - old.u)) { max($0, abs($1.0 - $1.1)) }
    changes = (change, changes.newest)
    sweeps += 1
  }

  /// What is still to come if changes go on falling as they do; `infinity` if they do not fall.
  var remainder: Double {
    guard changes.newest > 0 else { return 0 }
    let ratio = changes.newest / changes.older
    return sweeps > 1 && ratio < 1 ? changes.newest * ratio / (1 - ratio) : .infinity
  }

  public static func == (a: ShallowState, b: ShallowState) -> Bool {
    a.u == b.u && a.units == b.units && a.sweeps == b.sweeps && a.changes == b.changes
  }
}

/// The inverse of one number under a ``ShallowNetwork``.
public struct ShallowInverse: Sendable, Equatable {
  /// The unknown.
  public let u: Double
  /// `f - N(u)`.
  public let residual: Double
  /// Sweeps.
  public let sweeps: Int
  /// Whether it got there. If not, `u` is where it was when the sweeps were used up.
  public let hasConverged: Bool
  /// The objective at the start and after each sweep.
  public let objectives: [Double]
}
