/// How a ``SweepInversion`` moves the input along a gradient.
public enum InputStep: Sendable {
  /// Accelerated proximal gradient steps of each row's own length, by the exact prox of `alpha J`:
  ///
  ///     u <- prox_{alpha J / M}(y - g(y) / M),   y = u + beta (u - u^-)
  ///
  /// `beta` is FISTA's and starts again when it points uphill. The curvature `M` is the greatest seen between
  /// points that follow each other, `<g - g^-, y - y^->  / ||y - y^-||^2`, forgotten by 2 % a step; the first
  /// six gradients look for it by power iteration from the start.
  case accelerated
  /// Adam on `g + alpha (u - prox_{s J}(u)) / s`, the gradient with that of the Moreau envelope of `J`,
  /// `s > 0` the smoothing; and a prox of next to no length, which puts the input into the domain of `J`.
  case adam(Adam, smoothing: Double = 1e-2)

  func check() throws(SolverError) {
    guard case .adam(_, let smoothing) = self else { return }
    try SolverError.requirePositive(smoothing, "smoothing")
  }
}
