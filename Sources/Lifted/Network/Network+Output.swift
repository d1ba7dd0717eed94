import Tensors

extension Network {
  /// The output `x_L` for some inputs, one in each row, keeping no more than two layers' variables at a
  /// time: what it takes to use a network, where training keeps all of them.
  public func output<S: TensorScalar>(
    of inputs: Tensor<S>, at theta: Parameters<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    var x = inputs
    for (layer, parameters) in zip(layers, theta.layers) {
      var z = Tensor<S>(shape: [x.rows, layer.stage.outputs])
      var next = z
      layer.forward(parameters, x, &z, &next, on: pool)
      x = next
    }
    return x
  }
}
