import Tensors

/// The unknowns of a batch, and what is known of each.
public struct InversionResult<S: TensorScalar>: Sendable {
  /// `u`, one in each row.
  public internal(set) var unknowns: Tensor<S>
  /// One for each row.
  public internal(set) var reports: [InversionReport]
  /// `c`: see ``LayerInversion/Normalisation``.
  public let scale: Double
}

/// What is known of one inversion.
public struct InversionReport: Sendable, Equatable {
  /// `alpha`.
  public let alpha: Double
  /// The terms of the objective at the end.
  public let value: InversionValue
  /// The objective less a lower bound of its minimum; `nil` where none is known.
  public let gap: Double?
  /// Iterations.
  public let iterations: Int
  /// Why it ended.
  public let stop: InversionStop
  /// The looks at the objective, the first at the start.
  public let history: [InversionRecord]

  /// `B_Psi(f, A u + b)`, not normalised.
  public var fidelity: Double { value.fidelity }
  /// `c B + alpha J`.
  public var objective: Double { value.objective }
}

/// One look at an inversion.
public struct InversionRecord: Sendable, Equatable {
  /// Iterations done.
  public let iteration: Int
  /// `c B + alpha J`.
  public let objective: Double
  /// `B`, not normalised.
  public let fidelity: Double
  /// `||u - u'|| / ||u||`, `u'` the unknown at the last look; 0 at the start.
  public let change: Double
  /// The duality gap, where it is known.
  public let gap: Double?
}
