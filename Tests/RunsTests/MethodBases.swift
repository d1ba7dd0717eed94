/// A method to vary key by key, every optional key of its kind given.
struct MethodBase: Sendable, CustomStringConvertible {
  /// Its keys, but for the name.
  let text: String
  /// The activations of the two hidden layers and of the last.
  var activations = ["tanh", "tanh", "softmax"]
  /// Keys that by their nature have no say in this very method; another base lets them.
  var idle: Set<String> = []

  var description: String { text }

  /// One base and more for each kind, update rule and solver.
  static let all = sweeps + others + descents

  private static let common = "weightDecay: 0.001, weightRadius: 1.4, epochs: 2, batchSize: 10"

  private static let sweeps: [MethodBase] = [
    "signal: contrast, schedule: cosine, update: {rule: gradient, stepSize: 0.1}, \(common)",
    "signal: mirror, update: {rule: momentum, stepSize: 0.1}, \(common), schedule: inverse",
    "signal: backPropagation, update: {rule: adam}, \(common), schedule: constant",
    "signal: contrast, update: {rule: implicit, tau: 0.5}, \(common), nudge: 0.2",
    "signal: contrast, update: {rule: covariance, stepSize: 0.05, refresh: 1}, \(common)",
    "signal: contrast, rescue: {activeBelow: 1, strength: 5, annealing: 0.9}, "
      + "updates: [{rule: gradient, stepSize: 0.1}, {rule: adam}, {rule: implicit, tau: 1}]",
  ].map { MethodBase(text: $0) }

  private static let others: [MethodBase] = [
    MethodBase(
      text: "kind: implicitStochasticGradient, tau: 1, rounds: 3, schedule: cosine, \(common)"),
    MethodBase(text: "kind: contrastive, sweeps: 2, update: {rule: adam}, \(common)"),
    MethodBase(
      text: "kind: finiteSum, stepSize: 0.05, nudge: 0.5, \(common), schedule: inverse"),
  ]

  private static func descent(
    _ variables: String, _ weights: String, _ rest: String = common, linear: Bool = false,
    idle: Set<String> = ["guarded"]
  ) -> MethodBase {
    MethodBase(
      text: "kind: blockDescent, variableSolver: {rule: \(variables)}, "
        + "parameterSolver: {rule: \(weights)}, rounds: 2, \(rest)",
      activations: linear ? ["identity", "identity", "identity"] : ["tanh", "tanh", "softmax"],
      idle: idle)
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
      "adam, stepSize: 0.5", "adam, stepSize: 0.5", common + ", variables: restarted", idle: []),
    descent(
      "conjugateGradients", "conjugateGradients", "epochs: 2, batchSize: 10, penalty: lifted",
      linear: true),
    descent("coordinateDescent", "majorise, tau: 10, relaxation: 0.5", linear: true),
    descent("mirror", "acceleratedMajorise, tau: 10"),
    descent("fixedPoint", "proximalGradient", "weightRadius: 0.9, sweep: redBlack"),
  ]
}
