import Proximal
import Tensors

/// Where a ``DeepInversion`` is. A copy that is stepped on gives the bits that the original would.
public struct DeepInversionState<S: TensorScalar>: NetworkInversionState {
  public var best: BestInputs<S>
  /// `x_0, …, x_L`; the last is the measurement.
  public internal(set) var x: [Tensor<S>]
  /// The variables one step before.
  var previous: [Tensor<S>]
  /// `A_l x_{l-1} + b_l` of `x` and of `previous`; the first is empty.
  var z: [Tensor<S>]
  var previousZ: [Tensor<S>]
  /// FISTA's `t` and `beta`, for each row.
  var inertia: [Double]
  var beta: [S]
  /// What the prox of `J` remembers.
  var memory = RegulariserMemory<S>()
  /// Room for pulled residuals, and for how far momentum points uphill in each row and layer; residuals are
  /// in that of ``best``. Nothing in it outlives a step.
  var pulls: [Tensor<S>]
  var slopes: [Tensor<S>]

  init(_ best: BestInputs<S>, _ network: Network) {
    let rows = best.measured.rows
    let empty = Tensor<S>(shape: [0])
    let hidden = network.widths.map { Tensor<S>(shape: [rows, $0]) }
    x = hidden
    (x[0], x[network.depth]) = (best.u, best.measured)
    z = [empty] + hidden.dropFirst()
    (previous, previousZ) = (x, z)
    pulls = Array(hidden.dropLast())
    slopes = pulls.map { _ in Tensor(shape: [rows]) }
    inertia = Array(repeating: 1, count: rows)
    beta = Array(repeating: 0, count: rows)
    self.best = best
  }

  public var input: Tensor<S> { x[0] }

  mutating func dropMomentum() {
    (previous, previousZ) = (x, z)
    inertia = Array(repeating: 1, count: inertia.count)
    beta = Array(repeating: 0, count: beta.count)
  }
}
