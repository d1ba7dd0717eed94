import Proximal
import Tensors

/// Inversion of a network of many layers by lifting: the ``Energy`` with parameters and output clamped,
///
///     min over x_0, …, x_{L-1}   sum_l lambda_l penalty_l(x_l, A_l x_{l-1} + b_l) + alpha J(x_0),   x_L = f
///
/// by accelerated sweeps over all variables at once. With `y_l = x_l + beta (x_l - x_l^-)`, a variable moves to
///
///     x_l <- prox_{mu_l G_l}(y_l - mu_l (lambda_{l+1} A_{l+1}^* R_{l+1} + lambda_l c_l)),
///     mu_l = 1 / (lambda_{l+1} ||A_{l+1}||^2)
///
/// its neighbours where this sweep has put them, or at their own `y` where it has not reached them yet;
/// with that, the order of a sweep makes next to no difference. `beta` is FISTA's and starts again, row by
/// row, when the momentum points uphill. Unaccelerated, no sweep raises the energy, not even
/// ``Sweep/jacobi`` at the full step: the `1/2 ||x_l||^2` in `Phi_l`, which its prox takes exactly, pays for
/// the coupling `-<x_l, A_l x_{l-1}>` of neighbours that move together.
///
/// No activation is differentiated, so that units inactive at the start are no obstacle. Lifted variables
/// drift from the network: what is kept is the best input so far by ``ForwardObjective``.
///
/// Rows never mix: a measurement's answer does not depend on what else is in the batch. Cost of a
/// step: one product with each `A_l` and one with each adjoint, and at every judgement another with `A_l`.
///
/// Source: Wang et al., arXiv 2510.09796, inversion of the unified lifted problem; Beck and Teboulle, SIAM J.
/// Imaging Sciences 2, 2009; restart by O'Donoghue and Candes, Foundations of Computational Mathematics 15,
/// 2015.
public struct DeepInversion<S: TensorScalar>: NetworkInversion {
  /// The energy: penalties, `lambda`, `alpha J`.
  public let energy: Energy
  /// What an input is judged by.
  public let objective: ForwardObjective<S>
  /// The order in which a sweep moves the variables.
  public let sweep: Sweep
  /// Whether sweeps gather momentum.
  public let isAccelerated: Bool
  /// After so many steps the hidden variables are put back on the network, `x_l` a forward pass from `x_0`;
  /// `nil` for never.
  public let forwardRestart: Int?
  public let judgementInterval: Int
  /// `||A_1||^2, …, ||A_L||^2`.
  private let squaredNorms: [Double]
  /// `mu_0, …, mu_{L-1}`.
  let steps: [S]

  /// - Parameters:
  ///   - network: the layers, without layer regularisers.
  ///   - theta: their parameters.
  ///   - inputPenalty: `alpha J`.
  ///   - weights: `lambda`.
  ///   - penalty: what stands for the layers, with a gradient that is Lipschitz continuous.
  ///   - sweep: the order of the variables.
  ///   - isAccelerated: whether sweeps gather momentum.
  ///   - forwardRestart: steps between forward passes that the hidden variables start from again, at least 1.
  ///   - judgementInterval: steps between judgements, at least 1.
  ///   - pool: the threads that find the norms of the layers.
  /// - Throws: ``SolverError``.
  public init(
    _ network: Network, _ theta: Parameters<S>, inputPenalty: InputPenalty? = nil,
    weights: LayerWeights = .growing(by: 4), penalty: any Penalty = BregmanPenalty(),
    sweep: Sweep = .backward, isAccelerated: Bool = true, forwardRestart: Int? = nil,
    judgementInterval: Int = 10, on pool: WorkerPool
  ) throws(SolverError) {
    let objective = try ForwardObjective(network, theta, inputPenalty)
    guard theta.isFinite else {
      throw .unsuitable("the network's parameters hold numbers that are not finite; train it again")
    }
    try self.init(
      objective, squaredNorms: objective.squaredNorms(on: pool), weights: weights,
      penalty: penalty, sweep: sweep, isAccelerated: isAccelerated,
      forwardRestart: forwardRestart, judgementInterval: judgementInterval)
  }

  private init(
    _ objective: ForwardObjective<S>, squaredNorms: [Double], weights: LayerWeights,
    penalty: any Penalty, sweep: Sweep, isAccelerated: Bool, forwardRestart: Int?,
    judgementInterval: Int
  ) throws(SolverError) {
    try SolverError.requireInterval(forwardRestart ?? 1, "forwardRestart")
    try SolverError.requireInterval(judgementInterval, "judgementInterval")
    let energy = try Energy(
      objective.network, penalty: penalty,
      weights: try weights.values(squaredNorms: squaredNorms), weightPenalty: .none,
      inputPenalty: objective.inputPenalty)
    if let l = energy.penaltyWithoutLipschitz {
      throw .unsuitable(
        "the penalty of layer \(l) has no Lipschitz constant; invert by the Bregman penalty")
    }
    (self.energy, self.objective, self.squaredNorms) = (energy, objective, squaredNorms)
    (self.sweep, self.isAccelerated) = (sweep, isAccelerated)
    (self.forwardRestart, self.judgementInterval) = (forwardRestart, judgementInterval)
    steps = zip(squaredNorms, 1...).map { norm, l in
      // A layer of zeros says nothing about its input: any step will do.
      let curvature =
        energy.weights[l - 1] * norm * (energy.penalty(ofLayer: l).preactivationLipschitz ?? 1)
      return curvature > 0 ? S(1 / curvature) : 1
    }
  }

  public func with(alpha: Double) throws(SolverError) -> DeepInversion {
    try DeepInversion(
      objective.with(alpha: alpha), squaredNorms: squaredNorms, weights: .given(energy.weights),
      penalty: energy.penalty, sweep: sweep, isAccelerated: isAccelerated,
      forwardRestart: forwardRestart, judgementInterval: judgementInterval)
  }

  public func start(
    from u: Tensor<S>, measured f: Tensor<S>, on pool: WorkerPool
  ) throws(SolverError) -> DeepInversionState<S> {
    let best = try BestInputs(objective, from: u, measured: f, on: pool)
    var state = DeepInversionState(best, objective.network)
    putOnNetwork(&state, on: pool)
    return state
  }

  /// `x_l = sigma_l(A_l x_{l-1} + b_l)` from `x_0` as it is, without momentum.
  func putOnNetwork(_ state: inout DeepInversionState<S>, on pool: WorkerPool) {
    let (network, theta) = (objective.network, objective.theta)
    for l in 1...network.depth {
      var (z, x) = (detach(&state.z[l]), detach(&state.x[l]))
      if l == network.depth {
        network.layers[l - 1].advance(
          theta.layers[l - 1], state.x[l - 1], &z, activates: false, on: pool)
      } else {
        network.layers[l - 1].forward(
          theta.layers[l - 1], state.x[l - 1], &z, &x, on: pool)
      }
      (state.z[l], state.x[l]) = (z, x)
    }
    state.dropMomentum()
  }

  public func step(_ state: inout DeepInversionState<S>, on pool: WorkerPool) {
    move(&state, on: pool)
    if let forwardRestart, state.best.iterations.isMultiple(of: forwardRestart) {
      putOnNetwork(&state, on: pool)
    }
  }

  public func consistencyGaps(_ state: DeepInversionState<S>, on pool: WorkerPool) -> [Double] {
    objective.network.consistencyGaps(objective.theta, state.x, on: pool)
  }
}
