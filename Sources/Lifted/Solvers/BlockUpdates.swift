/// How a solver moves the variable of a layer, the rest of the energy held still.
public enum VariableUpdate: Sendable, Equatable {
  /// Proximal gradient steps of length `1 / (lambda_{l+1} ||A_{l+1}||^2)`; each contracts by at least
  /// `1 / (1 + mu lambda_l)`. Any penalty.
  case proximalGradient(steps: Int)
  /// Damped mirror steps in the pre-activation `p`, `x = sigma(p)`:
  /// `p <- (1 - theta) p + theta (a - kappa A^* R)`, `theta = 1 / (1 + kappa ||A||^2)`,
  /// `kappa = lambda_{l+1} / lambda_l`. Monotone; needs the activation only. Bregman penalty only.
  case mirror(steps: Int)

  var steps: Int {
    switch self {
    case .proximalGradient(let steps), .mirror(let steps): steps
    }
  }
}

/// How a solver moves the parameters of a layer, the variables held still.
public enum ParameterUpdate: Sendable, Equatable {
  /// A gradient step of length one over the block's Lipschitz constant
  /// `lambda_l ||[X 1]||^2 / s + 1 / tau`, and the prox of the weight penalty.
  case gradient
  /// The minimiser of the block's quadratic majoriser with the anchor `1/(2 tau)`: no step size,
  /// descends for any data. See ``ImplicitStep``.
  case majorise(tau: Double, relaxation: Double)
}
