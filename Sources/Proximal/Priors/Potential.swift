import Tensors

/// The function `J = Psi` whose proximal map an activation is: the simplex of ``Sparsemax``, the balls of
/// ``L1Ball`` and ``L2Ball``, the group norm of ``GroupSoftThreshold``, and so on for every activation.
public struct Potential: RowRegulariser {
  /// `prox_Psi`.
  public let activation: any Activation

  /// `Psi` of an activation.
  public init(of activation: any Activation) { self.activation = activation }

  public func check(columns: Int) throws(ProximalError) {
    guard case .groups(of: let size) = activation.coupling, columns % size != 0 else { return }
    throw .columns(
      columns, of: "Potential of \(type(of: activation))", needs: "a multiple of \(size)")
  }

  public func value<S: TensorScalar>(of u: UnsafePointer<S>, count: Int) -> Double {
    Double(activation.value(of: u, count: count) as S)
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    activation.prox(of: v, step: step, into: out, count: count)
  }
}
