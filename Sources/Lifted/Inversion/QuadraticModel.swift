import Proximal
import Tensors

/// The quadratic model of one measurement's fidelity around `z = sigma^{-1}(f)`, over the numbers that `sigma` has
/// cut off neither in the measurement nor in the answer:
///
///     B(f, z) ~ 1/2 sum_j omega_j (zeta_j - z_j)^2,   zeta = f + psi'(f),   omega = 1/(1 + psi''(f))
///
/// Exact for rectifiers and clips: `zeta = f`, `omega = 1` inside the range. `psi` is differenced, so that it
/// serves every activation that acts on each number; at kinks of `psi` a measurement tells no pre-activation.
/// A positive measurement of a unit that the answer has at rest is most likely noise: it is left out.
struct QuadraticModel {
  /// The places of the numbers that count.
  private(set) var active: [Int] = []
  /// `zeta` of each.
  private(set) var targets: [Double] = []
  /// `omega` of each.
  private(set) var weights: [Double] = []

  /// The model at measurements `f`, `x = sigma(z)` of the answer beside them, without some places.
  init<S: TensorScalar>(
    _ f: [S], beside x: [S], without withheld: [Int] = [], _ activation: some SeparableActivation
  ) {
    let range = ActivationRange(of: activation)
    let withheld = Set(withheld)
    for place in f.indices where !withheld.contains(place) {
      let f = Double(f[place])
      guard let slopes = Self.slopes(at: f, activation, range),
        Self.slopes(at: Double(x[place]), activation, range) != nil
      else { continue }
      active.append(place)
      targets.append(f + slopes.first)
      weights.append(1 / (1 + max(slopes.second, 0)))
    }
  }

  /// `psi'` and `psi''`; `nil` at an end of the range or a kink.
  private static func slopes(
    at y: Double, _ activation: some SeparableActivation, _ range: ActivationRange
  ) -> (first: Double, second: Double)? {
    let room = min(y - range.lower, range.upper - y)
    guard room > 0 else { return nil }
    let psi: (Double) -> Double = { activation.value(of: $0) }
    let h = min(1e-5 * (1 + abs(y)), room / 2)
    let (above, here, below) = (psi(y + h), psi(y), psi(y - h))
    let second = above + below - 2 * here
    guard abs(second) <= 1e-2 * h else { return nil }
    return ((above - below) / (2 * h), second / (h * h))
  }
}
