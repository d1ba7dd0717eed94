import Tensors

extension Tikhonov: ConjugateRegulariser {
  /// `||s||^2 / (2 alpha) + <s, c>`.
  public func conjugates<S: TensorScalar>(
    of s: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double] {
    let (centre, columns) = (centre, s.columns)
    return s.eachRow(on: pool) { _, s in
      let square = S.dot(s, s, count: columns) / (2 * alpha)
      guard let centre else { return square }
      return (0..<columns).reduce(square) { $0 + Double(s[$1]) * centre[$1] }
    }
  }
}

extension Box: ConjugateRegulariser {
  /// `sum_i max(lower s_i, upper s_i)`.
  public func conjugates<S: TensorScalar>(
    of s: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double] {
    let (lower, upper, columns) = (Double(S(lower)), Double(S(upper)), s.columns)
    return s.eachRow(on: pool) { _, s in
      (0..<columns).reduce(0) { sum, i in
        let s = Double(s[i])
        return s == 0 ? sum : sum + max(lower * s, upper * s)
      }
    }
  }
}

extension L1Norm: ConjugateRegulariser {
  /// 0 where `|s_i| <= alpha` for all `i`, up to rounding.
  public func conjugates<S: TensorScalar>(
    of s: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double] {
    let most = alpha * (1 + 4 * Double(S.ulpOfOne))
    return largest(s, on: pool).map { $0 <= most ? 0 : .infinity }
  }

  /// `alpha / max |s_i|`, or 1.
  public func admissibleFactors<S: TensorScalar>(
    of s: Tensor<S>, weight alpha: Double, on pool: WorkerPool
  ) -> [Double] {
    largest(s, on: pool).map { $0 > alpha ? alpha / $0 : 1 }
  }

  private func largest<S: TensorScalar>(_ s: Tensor<S>, on pool: WorkerPool) -> [Double] {
    let columns = s.columns
    return s.eachRow(on: pool) { _, s in
      (0..<columns).reduce(0) { max($0, abs(Double(s[$1]))) }
    }
  }
}
