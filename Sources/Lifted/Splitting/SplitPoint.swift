import Tensors

/// A value of all blocks of a ``Splitting``: parameters, activations, pre-activations, multipliers.
/// Matrices hold one sample in each row.
public struct SplitPoint<S: TensorScalar>: Sendable {
  /// The parameters.
  public var theta: Parameters<S>
  /// `x_0, …, x_L`: the input, the hidden variables, the target.
  public var x: [Tensor<S>]
  /// `z_1, …, z_L`, with an empty `z[0]`; all empty if the formulation has none.
  public var z: [Tensor<S>]
  /// `p_1, …, p_L`, with an empty `p[0]`; empty where a layer has no multiplier.
  public var p: [Tensor<S>]

  /// The forward pass of a batch, multipliers zero. Every hidden constraint holds.
  public init(
    forward batch: Batch<S>, theta: Parameters<S>, _ variables: SplitVariables,
    _ network: Network, on pool: WorkerPool
  ) {
    var states = LayerStates<S>(for: network, samples: batch.inputs.rows)
    states.x[0] = batch.inputs
    states.forward(network, theta, on: pool)
    self.init(states, batch, theta: theta, variables, network)
  }

  /// The point of states that a forward pass has left, multipliers zero.
  init(
    _ states: LayerStates<S>, _ batch: Batch<S>, theta: Parameters<S>,
    _ variables: SplitVariables, _ network: Network
  ) {
    self.init(batch, theta: theta, network)
    let depth = network.depth
    for l in 1..<depth { x[l] = states.x[l] }
    if variables.hasPreactivations { z = states.z }
    for l in variables.multiplierLayers(depth: depth) {
      p[l] = Tensor(shape: [batch.inputs.rows, network.widths[l]])
    }
  }

  /// The point of kept variables, which are moved out of `kept`.
  init(
    taking kept: inout [Tensor<S>], _ batch: Batch<S>, theta: Parameters<S>,
    _ variables: SplitVariables, _ network: Network
  ) {
    self.init(batch, theta: theta, network)
    exchange(with: &kept, variables)
  }

  private init(_ batch: Batch<S>, theta: Parameters<S>, _ network: Network) {
    let none = Array(repeating: Tensor<S>(shape: [0]), count: network.depth + 1)
    (self.theta, x, z, p) = (theta, none, none, none)
    (x[0], x[network.depth]) = (batch.inputs, batch.targets)
  }

  /// Exchanges the variables of every sample with those that are kept, in the order of
  /// ``SplitVariables/widths(in:)``.
  mutating func exchange(with kept: inout [Tensor<S>], _ variables: SplitVariables) {
    let depth = x.count - 1
    var next = kept.startIndex
    for l in 1..<depth {
      swap(&x[l], &kept[next])
      next += 1
    }
    for l in 1...depth where variables.hasPreactivations {
      swap(&z[l], &kept[next])
      next += 1
    }
    for l in variables.multiplierLayers(depth: depth) {
      swap(&p[l], &kept[next])
      next += 1
    }
  }
}
