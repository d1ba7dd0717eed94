import Lifted

/// Gradient descent on `1/2 ||sigma(A u + b) - f||^2` from zero by back-propagation: what inversion is without
/// lifting and without a regulariser.
struct LeastSquaresBaseline {
  let iterations: Int

  func solve<A: DifferentiableActivation>(
    _ measured: MeasuredPerceptron, _ activation: A, on pool: WorkerPool
  ) throws -> Tensor<Float> {
    let stage = measured.layer.stage
    let linear = try Network([Layer(stage, Identity())])
    var theta = Parameters<Float>(zerosFor: linear)
    theta.layers[0] = measured.theta
    var vector = Tensor<Float>(shape: [stage.inputs])
    let norm = stage.squaredNorm(measured.theta, vector: &vector, iterations: 40, on: pool)
    var u = Tensor<Float>(shape: [1, stage.inputs])
    var gradient = u
    for _ in 0..<iterations {
      let z = linear.output(of: u, at: theta, on: pool)
      var residual = z
      let count = z.count
      residual.withMutablePointer { r in
        z.withPointer { z in
          activation.activate(z, into: r, count: count)
          measured.raw.withPointer { f in for i in 0..<count { r[i] -= max(f[i], 0) } }
          activation.pullBack(r, at: z, count: count)
        }
      }
      stage.adjoint(measured.theta, of: residual, into: &gradient, on: pool, finish: nil)
      u.combine(1, -1 / norm, gradient)
    }
    return u
  }
}
