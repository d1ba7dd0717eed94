import Proximal
import Tensors

/// Where an ``InversionSolver`` is: the unknowns, and what the next iteration starts from.
public struct InversionState<S: TensorScalar>: Sendable, Equatable {
  /// The unknowns, one in each row.
  public internal(set) var u: Tensor<S>
  /// `A u + b`.
  public internal(set) var z: Tensor<S>
  /// Iterations done.
  public internal(set) var iterations = 0
  /// Where the iteration goes on from, if not from `u`: relaxed or extrapolated.
  var ahead: Tensor<S>
  /// `A ahead + b`.
  var aheadZ: Tensor<S>
  /// The layer's variable, the dual of `z`: at the end `sigma(z)`.
  var y: Tensor<S>
  /// The auxiliary variables of `J`.
  var w: Tensor<S>
  /// The dual of `K (u, w)`.
  var p: Tensor<S>
  /// Further variables and multipliers.
  var split: [Tensor<S>] = []
  /// The momentum of each row.
  var momentum: [Double]
  /// The residuals that Bregman iterations have added to the measurements.
  var shift: Tensor<S>?
  /// What an iterated prox remembers.
  var memory = RegulariserMemory<S>()

  /// The state at `u`; a row where `J` is infinite, as zero may be, is first put into its domain.
  init(at start: Tensor<S>, _ problem: LayerInversion<S>, on pool: WorkerPool) {
    let u = start.inside(problem.regulariser, on: pool)
    (self.u, ahead) = (u, u)
    z = problem.preactivation(at: u, on: pool)
    aheadZ = z
    y = z.activated(by: problem.layer.activation, on: pool)
    let (j, rows, columns) = (problem.regulariser, problem.rows, problem.inputs)
    w = Tensor(shape: [rows, j.auxiliaries(columns: columns)])
    p = Tensor(shape: [rows, j.duals(columns: columns)])
    momentum = Array(repeating: 1, count: rows)
  }

  /// Whether the unknowns are finite.
  var isFinite: Bool { u.isFinite && z.isFinite }
}

extension Tensor {
  /// The rows, those where the simple part of `J` is infinite moved by its prox.
  func inside(_ j: any Regulariser, on pool: WorkerPool) -> Tensor {
    guard j.hasSimplePart else { return self }
    let values = j.simpleValues(of: self, on: pool)
    guard values.contains(.infinity) else { return self }
    var (inside, moved) = (self, self)
    j.proxOfSimplePart(&moved, step: 1, on: pool)
    for row in values.indices where values[row] == .infinity { inside.copyRow(row, from: moved) }
    return inside
  }
}
