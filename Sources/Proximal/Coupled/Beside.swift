import Tensors

/// Two activations side by side: one on the first `split` numbers of a row, one on the rest.
///
///     Psi(y) = Psi_1(y_1) + Psi_2(y_2),   sigma(z) = (sigma_1(z_1), sigma_2(z_2))
///
/// A sum over separate variables, so all that is derived from `Psi` splits in the same way. What a
/// layer needs that hands part of its input on, as residual and unrolled networks do: the identity
/// beside the activation.
public struct Beside<First: Activation, Second: Activation>: Activation {
  /// Numbers of a row that are the first activation's, at least 1; of a shorter row all.
  public let split: Int
  /// On the first ``split`` numbers.
  public let first: First
  /// On the others.
  public let second: Second

  /// - Throws: ``ProximalError`` unless `split >= 1`.
  public init(_ first: First, count split: Int, _ second: Second) throws(ProximalError) {
    try ProximalError.require(split >= 1, "Beside", "count", Double(split), "at least 1")
    (self.split, self.first, self.second) = (split, first, second)
  }

  public var coupling: Coupling { .row }

  public func value<S: TensorScalar>(of y: UnsafePointer<S>, count: Int) -> S {
    first.value(of: y, count: head(count)) + second.value(of: y + split, count: rest(count))
  }

  public func prox<S: TensorScalar>(
    of v: UnsafePointer<S>, step: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    first.prox(of: v, step: step, into: out, count: head(count))
    second.prox(of: v + split, step: step, into: out + split, count: rest(count))
  }

  public func activate<S: TensorScalar>(
    _ z: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, count: Int
  ) {
    first.activate(z, into: x, count: head(count))
    second.activate(z + split, into: x + split, count: rest(count))
  }

  public func envelope<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    first.envelope(at: z, count: head(count)) + second.envelope(at: z + split, count: rest(count))
  }

  public func conjugate<S: TensorScalar>(at z: UnsafePointer<S>, count: Int) -> S {
    first.conjugate(at: z, count: head(count)) + second.conjugate(at: z + split, count: rest(count))
  }

  public func bregman<S: TensorScalar>(
    _ y: UnsafePointer<S>, _ z: UnsafePointer<S>, count: Int
  ) -> S {
    first.bregman(y, z, count: head(count))
      + second.bregman(y + split, z + split, count: rest(count))
  }

  public func proxPhi<S: TensorScalar>(
    of v: UnsafePointer<S>, step mu: S, into out: UnsafeMutablePointer<S>, count: Int
  ) {
    first.proxPhi(of: v, step: mu, into: out, count: head(count))
    second.proxPhi(of: v + split, step: mu, into: out + split, count: rest(count))
  }

  public func activate<S: TensorScalar>(
    _ z: UnsafeMutablePointer<S>, adding bias: UnsafePointer<S>, into x: UnsafeMutablePointer<S>,
    count: Int
  ) {
    first.activate(z, adding: bias, into: x, count: head(count))
    second.activate(z + split, adding: bias + split, into: x + split, count: rest(count))
  }

  public func centredDifference<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    first.centredDifference(at: z, along: u, count: head(count))
    second.centredDifference(at: z + split, along: u + split, count: rest(count))
  }

  public func mirrorResidual<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    first.mirrorResidual(at: z, along: u, count: head(count))
    second.mirrorResidual(at: z + split, along: u + split, count: rest(count))
  }

  fileprivate func head(_ count: Int) -> Int { min(split, count) }

  fileprivate func rest(_ count: Int) -> Int { max(count - split, 0) }
}

extension Beside: DifferentiableActivation
where First: DifferentiableActivation, Second: DifferentiableActivation {
  /// Each part pulled back by itself.
  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    first.pullBack(u, at: z, count: head(count))
    second.pullBack(u + split, at: z + split, count: rest(count))
  }
}
