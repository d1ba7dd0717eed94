import Tensors

/// Where an inversion starts; hidden variables follow by a forward pass.
public enum InversionStart<S: TensorScalar>: Sendable {
  /// `u = 0`.
  case zero
  /// `u = A_1^* … A_L^* f / (||A_1||^2 … ||A_L||^2)`: the layers' adjoints one after another.
  case adjoint
  /// Inputs of the caller's, one in each row, such as a decoder's answers.
  case given(Tensor<S>)

  /// The inputs, one in each row.
  /// - Throws: ``SolverError/shape(_:)`` if measurements are not as wide as the network's outputs.
  public func inputs(
    _ objective: ForwardObjective<S>, measured f: Tensor<S>, on pool: WorkerPool
  ) throws(SolverError) -> Tensor<S> {
    let network = objective.network
    switch self {
    case .zero: return Tensor(shape: [f.rows, network.inputs])
    case .given(let u): return u
    case .adjoint:
      guard f.shape == [f.rows, network.outputs] else {
        throw .shape(
          .mismatch(what: "measurements", expected: [f.rows, network.outputs], found: f.shape))
      }
      let norms = objective.squaredNorms(on: pool)
      var x = f
      for l in stride(from: network.depth, through: 1, by: -1) {
        let stage = network.layers[l - 1].stage
        var pulled = Tensor<S>(shape: [f.rows, stage.inputs])
        stage.adjoint(objective.theta.layers[l - 1], of: x, into: &pulled, on: pool, finish: nil)
        if norms[l - 1] > 0 { pulled.scale(by: S(1 / norms[l - 1])) }
        x = pulled
      }
      return x
    }
  }
}
