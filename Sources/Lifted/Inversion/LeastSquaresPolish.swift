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
/// Nothing is known of the truth, so cross-validation decides: a fifth of the measurements is withheld, the
/// inversion and the polish are done with the rest, and `B` is added up over what was withheld, for a few of the
/// fifths in turn. The tolerance and the number of steps with the least sum are taken, and the polished answer only if
///
///     withheld B of polished answers  <  withheld B of the same answers as they were
///
/// Cost: for each fold an inversion from the answer, and for each tolerance `steps` products and adjoints.
///
/// Source: Brinkmann, Burger, Rasch and Sutour, Journal of Mathematical Imaging and Vision 59, 2017, for keeping
/// the face; Stone, Journal of the Royal Statistical Society B 36, 1974, for cross-validation.
public struct LeastSquaresPolish: Sendable, Equatable {
  /// Most conjugate gradient steps, at least 1.
  public let steps: Int
  /// How many fifths of the measurements are withheld in turn, 1 to 5.
  public let folds: Int
  /// Most iterations of the inversion without a fold, by ``PrimalDual``, at least 1.
  public let iterations: Int
  /// Differences that count as none, as fractions of the answer's range, each `>= 0`; not empty.
  public let tolerances: [Double]

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(
    steps: Int = 30, folds: Int = 3, iterations: Int = 500,
    tolerances: [Double] = [0.005, 0.01, 0.02, 0.04]
  ) throws(SolverError) {
    try requireSteps(steps)
    try SolverError.require(Double(folds), in: 1...5, "folds")
    guard iterations >= 1 else {
      throw .outOfRange(
        parameter: "iterations", value: Double(iterations), admissible: "at least 1")
    }
    guard !tolerances.isEmpty else {
      throw .unsuitable(
        "a polish needs a tolerance for what counts as tied; give one, such as 0.02")
    }
    for value in tolerances where !(value >= 0 && value < 1) {
      throw .outOfRange(
        parameter: "tolerances", value: value, admissible: "at least 0 and less than 1")
    }
    (self.steps, self.folds) = (steps, folds)
    (self.iterations, self.tolerances) = (iterations, tolerances)
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
    let rule = try InversionStopRule(maximumIterations: iterations, stride: 25, gap: 0)
    let validation = PolishValidation(
      polish: self, j: j, inversion: StableInversion(try PrimalDual(), until: rule), pool: pool)
    var polished = PolishedInversion(unknowns: unknowns, reports: [])
    for row in 0..<problem.rows {
      let range = row..<(row + 1)
      let best = try validation.search(problem.rows(range), unknowns.rows(range), activation)
      polished.reports.append(best.report)
      if let u = best.u { polished.unknowns.put(u, atRow: row) }
    }
    return polished
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
  /// Groups that could move, under the tolerance that did best; 0 if there were never fewer than measurements.
  public let groups: Int
  /// Measurements that were fitted.
  public let measurements: Int
  /// Conjugate gradient steps that did best.
  public let steps: Int
  /// The tolerance that did best.
  public let tolerance: Double
  /// `B` of a withheld measurement under answers that were not polished, in the mean.
  public let errorBefore: Double
  /// The same under polished answers.
  public let errorAfter: Double
}
