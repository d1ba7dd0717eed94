import Tensors

/// Ridge regression of residual images on the patches below them, group by group:
///
///     D = C (sum of p p^T + ridge I)^{-1},   C = sum of r p^T
///
/// over samples and pixels, `p` a patch with a 1 appended: ``GramSolve`` with a patch for a sample. `C` is the
/// gradient of `<r, W x + b>`.
struct PatchSolve<S: TensorScalar> {
  let stage: Convolution
  let inputs: Tensor<S>
  let ridge: S

  /// `W <- W - factor D_W`, `b <- b - factor D_b`.
  func subtractSolution(
    for r: Tensor<S>, from theta: inout [Tensor<S>], times factor: S, on pool: WorkerPool
  ) throws(SolverError) {
    let shape = stage.shape
    let cross = extended(stage.parameterGradient(of: r, at: inputs, scale: 1, on: pool))
    let (units, n) = (shape.output.channels / shape.groups, cross.columns)
    var solution = Tensor<S>(shape: cross.shape)
    for group in 0..<shape.groups {
      var gram = shape.patchGram(
        of: inputs, group: group, appendingOnes: stage.hasBias, on: pool)
      try gram.invertPositiveDefinite(adding: ridge, what: "the Gram matrix of a layer's patches")
      gram.withPointer { g in
        cross.withPointer { c in
          solution.withMutablePointer { d in
            let start = group * units * n
            pool.product(.plain(c + start), .plain(g), into: d + start, m: units, n: n, k: n)
          }
        }
      }
    }
    if stage.hasBias {
      theta.subtract(extended: solution, times: factor)
    } else {
      solution.withPointer { d in
        theta[0].withMutablePointer { w in
          S.combine(1, w, -factor, d, into: w, count: cross.count)
        }
      }
    }
  }

  /// `[W b]`, a row for each output channel.
  private func extended(_ theta: [Tensor<S>]) -> Tensor<S> {
    let (units, patch) = (stage.shape.output.channels, stage.shape.patch)
    var matrix = Tensor<S>(shape: [units, patch + theta.count - 1])
    for unit in 0..<units {
      for j in 0..<patch { matrix[unit, j] = theta[0].scalars[unit * patch + j] }
      if stage.hasBias { matrix[unit, patch] = theta[1][unit] }
    }
    return matrix
  }
}
