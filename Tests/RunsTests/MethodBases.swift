/// A method to vary key by key, every optional key of its kind given.
struct MethodBase: Sendable, CustomStringConvertible {
  /// Its keys, but for the name.
  let text: String
  /// The activation of the three hidden layers.
  var hidden = "tanh"
  /// That of the last.
  var head = "softmax"
  /// Keys that by their nature have no say in this very method; another base lets them.
  var idle: Set<String> = []

  var description: String { text }

  /// One base and more for each kind, update rule and solver.
  static let all = sweeps + others + splittings + descents

  private static let common = "weightDecay: 0.001, weightRadius: 1.4, epochs: 2, batchSize: 10"

  private static let sweeps: [MethodBase] =
    [
      "signal: contrast, schedule: cosine, update: {rule: gradient, stepSize: 0.1}, \(common)",
      "signal: mirror, update: {rule: momentum, stepSize: 0.1}, \(common), schedule: inverse",
      "signal: backPropagation, update: {rule: adam}, \(common), schedule: constant",
      "signal: contrast, update: {rule: implicit, tau: 0.5}, \(common), nudge: 0.2",
      "signal: contrast, update: {rule: covariance, stepSize: 0.05, refresh: 1}, \(common)",
    ].map { MethodBase(text: $0) } + [
      MethodBase(
        text: "signal: contrast, rescue: {activeBelow: 0.9, strength: 5, annealing: 0.9}, "
          + "updates: [\(different)]", hidden: "relu")
    ]

  /// An update for each layer.
  private static let different =
    "{rule: gradient, stepSize: 0.1}, {rule: adam}, {rule: momentum, stepSize: 0.1}, "
    + "{rule: implicit, tau: 1}"

  private static let others: [MethodBase] = [
    MethodBase(
      text: "kind: implicitStochasticGradient, tau: 1, rounds: 3, schedule: cosine, \(common)"),
    MethodBase(text: "kind: contrastive, sweeps: 2, update: {rule: adam}, \(common)"),
    MethodBase(text: "kind: contrastive, updates: [\(different)]"),
    MethodBase(
      text: "kind: finiteSum, signal: backPropagation, rule: piag, stepSize: 0.02, \(common)"),
    MethodBase(
      text: "kind: finiteSum, stepSize: 0.05, nudge: 0.5, \(common), schedule: inverse"),
    MethodBase(
      text: "kind: consensus, workers: 4, localSteps: 2, rho: 0.5, stepSize: 0.2, nudge: 0.5, "
        + "\(common), schedule: cosine"),
    MethodBase(
      text: "kind: consensus, signal: backPropagation, workers: 2, rho: 1, stepSize: 0.5, \(common)"
    ),
    MethodBase(
      text: "kind: delayed, delay: 2, update: {rule: adam}, nudge: 0.5, \(common), "
        + "schedule: inverse"),
    MethodBase(
      text: "kind: delayed, delay: 2, signal: backPropagation, updates: [{rule: adam}, "
        + "{rule: momentum, stepSize: 0.1}, {rule: gradient, stepSize: 0.1}, {rule: adam}], \(common)"
    ),
  ]

  private static let splittings: [MethodBase] =
    [
      "threeSplitting, gamma: 0.2, tau: 10, alpha: 0.3, schedule: cosine",
      "taylor, gamma: 0.2, tau: 10, schedule: inverse",
      "deepADMM, schedule: constant",
      "bregmanADMM, lambda: 0.2, tau: 10, steps: 2",
      "augmentedMAC, tau: 10, steps: 2",
    ].map { formulation in
      MethodBase(
        text: "kind: splitting, formulation: \(formulation), sweeps: 2, rho: 0.2, rhoGrowth: 2, "
          + "rhoMaximum: 0.3, restartEvery: 1, \(common)",
        hidden: formulation.hasPrefix("augmented") ? "tanh" : "relu")
    } + [
      MethodBase(
        text: "kind: splitting, formulation: deepADMM, rho: 0.01, rhoGrowth: 4, rhoIncreases: 2, "
          + "rhoMaximum: 0.05, epochs: 10", hidden: "relu")
    ]

  private static func descent(
    _ variables: String, _ weights: String, _ rest: String = common, linear: Bool = false,
    idle: Set<String> = ["guarded"]
  ) -> MethodBase {
    MethodBase(
      text: "kind: blockDescent, variableSolver: {rule: \(variables)}, "
        + "parameterSolver: {rule: \(weights)}, rounds: 2, \(rest)",
      hidden: linear ? "identity" : "tanh", head: linear ? "identity" : "softmax",
      // Under identity activations all penalties are the same.
      idle: linear ? ["guarded", "penalty"] : idle)
  }

  private static let descents: [MethodBase] = [
    descent(
      "proximalGradient", "proximalGradient", common + ", anchorTau: 0.5, schedule: inverse"),
    descent("acceleratedGradient", "acceleratedGradient", common + ", restartEvery: 1"),
    descent("restartedNesterov", "restartedNesterov"),
    descent(
      "heavyBall", "heavyBall", common + ", continuation: {rule: geometric, factor: 2, cap: 3}"),
    descent(
      "inertial", "inertial", common + ", continuation: {rule: dualAscent, eta: 0.5, cap: 1.2}"),
    descent("backtracking", "backtracking", common + ", penalty: mac"),
    descent(
      "adam, stepSize: 0.5", "adam, stepSize: 0.5", common + ", penalty: mac, variables: restarted",
      idle: []),
    descent(
      "conjugateGradients, steps: 3, tolerance: 0.5",
      "conjugateGradients, steps: 4, tolerance: 0.5",
      "epochs: 2, batchSize: 10, penalty: lifted",
      linear: true),
    descent("coordinateDescent", "majorise, tau: 10, relaxation: 0.5", linear: true),
    descent("mirror", "acceleratedMajorise, tau: 10", common + ", variables: restarted"),
    descent(
      "fixedPoint", "proximalGradient",
      "weightRadius: 0.9, sweep: redBlack, epochs: 2, variables: restarted"),
    descent(
      "adam, stepSize: 0.5", "adam, stepSize: 0.5",
      "epochs: 8, batchSize: 10, penalty: mac, variables: restarted, "
        + "continuation: {rule: afterIncreases, factor: 3, count: 2, cap: 2.5}"),
  ]
}
