import Tensors

/// A regulariser whose conjugate is known, for duality gaps.
///
///     (alpha J)^*(s) = sup_u <s, u> - alpha J(u)
public protocol ConjugateRegulariser: Regulariser {
  /// `(alpha J)^*` of each row, `alpha > 0`; `+infinity` where there is no bound.
  func conjugates<S: TensorScalar>(
    of s: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double]

  /// The greatest `theta` of each row, at most 1, for which `(alpha J)^*(theta s)` is finite; 1 by default.
  func admissibleFactors<S: TensorScalar>(
    of s: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double]
}

extension ConjugateRegulariser {
  public func admissibleFactors<S: TensorScalar>(
    of s: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double] {
    Array(repeating: 1, count: s.rows)
  }
}
