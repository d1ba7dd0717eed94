import Proximal
import Tensors

/// Takes the bias of `J` out of an answer: the numbers that `J` holds together or in place stay so, and the rest is
/// fitted to the measurements by a few conjugate gradient steps of least squares,
///
///     min_t  1/2 sum_j omega_j (zeta_j - (A u(t) + b)_j)^2,   u(t) constant on each tied group
///
/// over the active measurements, which the activation has cut off neither in the measurement nor in the answer (the
/// quadratic model of `B`; for a rectifier those positive in both, with `zeta = f`). What counts as tied is decided by tolerances, fractions of the answer's range.
///
/// Nothing is known of the truth, so tolerance and number of steps are chosen by cross-validation over the
/// measurements, and the polished answer is taken only if
///
///     mean squared error on held-out measurements  <  that of the answer as it was + 2 k s^2 / N
///
/// with `N` measurements, `k` groups and `s^2` the polished residual over `N - k`: the answer has seen what is held
/// out, and the last term is what it can have gained by that (Efron). Also `B` over all measurements may not rise
/// by more than `k s^2`. Cost: for each tolerance `folds steps` products and adjoints.
///
/// Sources: Brinkmann, Burger, Rasch and Sutour, Journal of Mathematical Imaging and Vision 59, 2017; Efron,
/// Journal of the American Statistical Association 99, 2004.
public struct LeastSquaresPolish: Sendable, Equatable {
  /// Most conjugate gradient steps, at least 1.
  public let steps: Int
  /// Parts of the measurements that are held out in turn, at least 2.
  public let folds: Int
  /// Differences that count as none, as fractions of the answer's range, each `>= 0`; not empty.
  public let tolerances: [Double]

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    steps: Int = 30, folds: Int = 5, tolerances: [Double] = [0.005, 0.01, 0.02, 0.04]
  ) throws(SolverError) {
    try requireSteps(steps)
    guard folds >= 2 else {
      throw .outOfRange(parameter: "folds", value: Double(folds), admissible: "at least 2")
    }
    guard !tolerances.isEmpty else {
      throw .unsuitable(
        "a polish needs a tolerance for what counts as tied; give one, such as 0.02")
    }
    for value in tolerances where !(value >= 0 && value < 1) {
      throw .outOfRange(
        parameter: "tolerances", value: value, admissible: "at least 0 and less than 1")
    }
    (self.steps, self.folds, self.tolerances) = (steps, folds, tolerances)
  }

  /// The polished unknowns, those of rows that gain nothing as they were.
  /// - Throws: ``SolverError`` for a `J` without ties (``TiedRegulariser``), or an activation that does not act
  ///   on each number.
  public func polish<S: TensorScalar>(
    _ unknowns: Tensor<S>, of problem: LayerInversion<S>, on pool: WorkerPool
  ) throws(SolverError) -> PolishedInversion<S> {
    guard let j = problem.regulariser as? any TiedRegulariser else {
      throw .unsuitable(
        "\(type(of: problem.regulariser)) ties no numbers, so there is nothing to keep while the "
          + "measurements are fitted; polish answers of TotalVariation, L1Norm, Box or their sums")
    }
    guard let activation = problem.layer.activation as? any SeparableActivation else {
      throw .unsuitable("only activations that act on each number can be polished")
    }
    guard unknowns.shape == [problem.rows, problem.inputs] else {
      throw .shape(
        .mismatch(
          what: "unknowns", expected: [problem.rows, problem.inputs], found: unknowns.shape))
    }
    let outputs = problem.output(at: unknowns, on: pool)
    var polished = PolishedInversion(unknowns: unknowns, reports: [])
    for row in 0..<problem.rows {
      let range = row..<(row + 1)
      let fit = TiedFit(
        problem.rows(range), unknowns.rows(range),
        model: Self.model(problem.measurements.rows(range), outputs.rows(range), activation), pool)
      let best = fit.search(j, self)
      polished.reports.append(best.report)
      if let u = best.u { polished.unknowns.put(u, atRow: row) }
    }
    return polished
  }

  private static func model<S: TensorScalar>(
    _ f: Tensor<S>, _ outputs: Tensor<S>, _ activation: some SeparableActivation
  ) -> QuadraticModel {
    QuadraticModel(f.scalars, beside: outputs.scalars, activation)
  }
}

/// Unknowns after a ``LeastSquaresPolish``.
public struct PolishedInversion<S: TensorScalar>: Sendable, Equatable {
  /// One in each row.
  public internal(set) var unknowns: Tensor<S>
  /// One for each row.
  public internal(set) var reports: [PolishReport]
}

/// How the polish of one answer went.
public struct PolishReport: Sendable, Equatable {
  /// Whether the polished answer was taken.
  public let isAccepted: Bool
  /// Groups that could move, under the tolerance that did best.
  public let groups: Int
  /// Measurements that were fitted.
  public let measurements: Int
  /// Conjugate gradient steps that did best.
  public let steps: Int
  /// The tolerance that did best.
  public let tolerance: Double
  /// The mean squared error of the answer as it was, corrected for what it has seen.
  public let errorBefore: Double
  /// The mean squared error on held-out measurements.
  public let errorAfter: Double
}
