import Tensors

/// The gradient of each sample as it was when last computed: a residual for each, and their mean.
public struct ResidualTable<S: TensorScalar>: Sendable, Equatable {
  /// `lambda r_i`, one row for each sample.
  public private(set) var residuals: Tensor<S>
  /// `1/n sum_i r_i [x_i 1]^T`, in the shapes of the parameters.
  public private(set) var mean: [Tensor<S>]

  /// The gradients at a point. Cost: one gradient over all samples.
  init(_ problem: LayerProblem<S>, at theta: [Tensor<S>], on pool: WorkerPool) {
    let all = 0..<problem.samples
    residuals = problem.residual(of: all, at: theta, on: pool)
    mean = problem.gradient(of: residuals, all, on: pool)
  }

  /// Computes some samples' gradients anew at a point; returns the change of the mean.
  mutating func refresh(
    _ rows: Range<Int>, _ problem: LayerProblem<S>, at theta: [Tensor<S>], on pool: WorkerPool
  ) -> [Tensor<S>] {
    let new = problem.residual(of: rows, at: theta, on: pool)
    var change = new
    change.combine(1, -1, residuals.rows(rows))
    residuals.setRows(rows, to: new)
    let moved = problem.gradient(of: change, rows, on: pool)
    for slot in mean.indices { mean[slot].combine(1, 1, moved[slot]) }
    return moved
  }
}
