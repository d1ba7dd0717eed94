import Proximal
import Tensors

/// The auxiliary variables of a batch and what is computed from them: for each layer the activation
/// `x_l`, the pre-activation `z_l` and the residual `r_l`, matrices with one sample in each row.
///
/// Index 0 is the input: `x[0]` is the data, `z[0]` is empty.
public struct LayerStates<S: TensorScalar>: Sendable {
  /// `x_0, …, x_L`, samples x width.
  public var x: [Tensor<S>]
  /// Pre-activations; `z[0]` is empty.
  public var z: [Tensor<S>]
  /// Residuals; `r[0]` is not used.
  public var r: [Tensor<S>]
  /// The batch's rows of the variables that a method keeps of every sample.
  public var kept: [Tensor<S>] = []
  /// The numbers of the batch's samples, one for each row.
  public var numbers: ArraySlice<Int> = []
  /// How many samples there are, of which these are some.
  public var population = 0
  /// Whether the step is the last of its epoch: the moment for what is done once an epoch.
  public var endsEpoch = false

  /// All zero, for batches of `samples`.
  public init(for network: Network, samples: Int) {
    x = network.widths.map { Tensor(shape: [samples, $0]) }
    z = x
    z[0] = Tensor(shape: [0])
    r = x
  }

  /// Number of samples.
  public var samples: Int { z[z.count - 1].rows }

  /// `z_l <- A_l x_{l-1} + b_l`, `x_l <- sigma_l(z_l)`.
  public mutating func forward(
    layer l: Int, _ network: Network, _ theta: Parameters<S>, on pool: WorkerPool
  ) {
    var (z, x) = (detach(&self.z[l]), detach(&self.x[l]))
    network.layers[l - 1].forward(theta.layers[l - 1], self.x[l - 1], &z, &x, on: pool)
    (self.z[l], self.x[l]) = (z, x)
  }

  /// The forward pass: `x_l = sigma_l(A_l x_{l-1} + b_l)` for `l = 1, …, L`. It minimises every
  /// penalty at once when the output is free, and is where training starts each batch.
  public mutating func forward(_ network: Network, _ theta: Parameters<S>, on pool: WorkerPool) {
    for l in 1...network.depth { forward(layer: l, network, theta, on: pool) }
  }

  /// `r_L <- weight (sigma_L(z_L) - y)`, the gradient in `z_L` of the head's penalty against `y`.
  public mutating func setOutputResidual(against y: Tensor<S>, weight: S, on pool: WorkerPool) {
    let last = x.count - 1
    precondition(x[last].shape == y.shape, "targets of shape \(y.shape), outputs \(x[last].shape)")
    let width = y.columns
    x[last].withPointer { x in
      y.withPointer { y in
        r[last].forEachBand(on: pool) { tile, r in
          let (start, count) = (tile.rows.lowerBound * width, tile.rows.count * width)
          S.combine(weight, x + start, -weight, y + start, into: r + start, count: count)
        }
      }
    }
  }
}

/// Takes a tensor out of its place without copying; an empty one stays behind.
func detach<S: TensorScalar>(_ tensor: inout Tensor<S>) -> Tensor<S> {
  var taken = Tensor<S>(shape: [0])
  swap(&taken, &tensor)
  return taken
}
