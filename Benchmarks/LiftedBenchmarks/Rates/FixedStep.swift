import Lifted
import Tensors

/// Proximal gradient steps of a fixed length: `factor / L`, or `factor` where no `L` is known.
struct FixedStep: BlockSolver {
  let factor: Double
  var gradients: Int { 1 }
  /// It asks for no Lipschitz constant, so that every penalty will do.
  var backtracks: Bool { true }

  func improve<S: TensorScalar>(
    _ v: inout [Tensor<S>], in block: some Block<S>, memory: inout BlockMemory<S>
  ) {
    let length = factor / (block.curvature ?? 1)
    let gradient = block.smoothGradient(at: v)
    for k in v.indices { v[k].combine(1, S(-length), gradient[k]) }
    block.prox(&v, step: length)
  }
}
