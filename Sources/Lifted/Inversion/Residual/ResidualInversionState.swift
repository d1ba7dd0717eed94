import Proximal
import Tensors

/// Where a ``ResidualInversion`` is. A copy that is stepped on gives the bits that the original would.
public struct ResidualInversionState<S: TensorScalar>: NetworkInversionState {
  public var best: BestInputs<S>
  /// `u_0, …, u_l`.
  public internal(set) var u: [Tensor<S>]
  /// `z_1, …, z_l`.
  public internal(set) var z: [Tensor<S>]
  /// `p_1, …, p_l`.
  public internal(set) var multipliers: [Tensor<S>]
  private(set) var previousU: [Tensor<S>]
  private(set) var previousZ: [Tensor<S>]
  private var inertia: [Double]
  var memory = RegulariserMemory<S>()

  init(_ best: BestInputs<S>, _ u: [Tensor<S>], _ z: [Tensor<S>]) {
    (self.best, self.u, self.z) = (best, u, z)
    (previousU, previousZ) = (u, z)
    multipliers = u.dropFirst().map { Tensor(shape: $0.shape) }
    inertia = Array(repeating: 1, count: best.measured.rows)
  }

  public var input: Tensor<S> { u[0] }

  private static func longer(_ t: Double) -> Double { (1 + (1 + 4 * t * t).squareRoot()) / 2 }

  /// `x + beta (x - x^-)`, each row with its own `beta`.
  func extrapolated(_ x: Tensor<S>, _ before: Tensor<S>) -> Tensor<S> {
    var y = x
    let width = x.columns
    before.withPointer { before in
      y.withMutablePointer { y in
        for (row, t) in inertia.enumerated() {
          let beta = S((t - 1) / Self.longer(t))
          let place = row * width
          S.combine(1 + beta, y + place, -beta, before + place, into: y + place, count: width)
        }
      }
    }
    return y
  }

  /// New variables; rows whose momentum points uphill begin again.
  mutating func take(_ newU: [Tensor<S>], _ newZ: [Tensor<S>], _ uphill: [Double]) {
    (previousU, previousZ) = (u, z)
    (u, z) = (newU, newZ)
    for row in inertia.indices { inertia[row] = uphill[row] > 0 ? 1 : Self.longer(inertia[row]) }
  }

  mutating func dropMomentum() {
    (previousU, previousZ) = (u, z)
    inertia = Array(repeating: 1, count: inertia.count)
  }
}
