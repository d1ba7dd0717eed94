import RealModule

/// How the weights `lambda_l` of a lifted inversion are chosen; the head's is 1 except where given, so that
/// `alpha` means what it means in `B_L(f, z_L) + alpha J(u)`.
///
/// Weights that grow towards the head let the measurement pull units through that the start leaves
/// inactive, and leave the network least where it is measured.
public enum LayerWeights: Sendable, Equatable {
  /// `lambda_l = 1`.
  case constant
  /// `lambda_l = factor^(l - L)`, `factor > 0`; growing towards the head if `factor > 1`.
  case growing(by: Double)
  /// `lambda_l = lambda_{l+1} ||A_{l+1}||^2 / factor`, `factor > 0`: every step moves as far against the
  /// layer's own penalty, `mu_l lambda_l = 1/factor`, and for positively homogeneous activations the
  /// iteration does not change when a layer is scaled and the next one scaled back.
  case balanced(by: Double)
  /// `lambda_1, …, lambda_L`.
  case given([Double])

  /// `lambda_1, …, lambda_L` for layers with these `||A_1||^2, …, ||A_L||^2`.
  /// - Throws: ``SolverError`` for a factor or weight that is not positive, or a wrong number of weights.
  func values(squaredNorms: [Double]) throws(SolverError) -> [Double] {
    let depth = squaredNorms.count
    switch self {
    case .constant: return Array(repeating: 1, count: depth)
    case .growing(let factor):
      try SolverError.requirePositive(factor, "the growth of the layer weights")
      return (1...depth).map { Double.pow(factor, $0 - depth) }
    case .balanced(let factor):
      try SolverError.requirePositive(factor, "the factor of the balanced layer weights")
      var weights = [1.0]
      for norm in squaredNorms.dropFirst().reversed() {
        weights.append(weights[weights.count - 1] * max(norm, .leastNormalMagnitude) / factor)
      }
      return weights.reversed()
    case .given(let weights):
      guard weights.count == depth else {
        throw .unsuitable("\(weights.count) layer weights for \(depth) layers; give one each")
      }
      for weight in weights { try SolverError.requirePositive(weight, "a layer's weight") }
      return weights
    }
  }
}
