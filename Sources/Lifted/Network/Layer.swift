import Proximal

/// One stage of a network: an affine map followed by an activation,
/// `z_l = A_l x_{l-1} + b_l`, `x_l = prox_{Psi_l}(z_l)`.
public struct Layer: Sendable {
  /// The affine map.
  public let stage: any AffineStage
  /// The activation, the proximal map of `Psi_l`.
  public let activation: any Activation
  /// An extra term `S_l(x_l)` on the layer's variable, as in a sparse code; `nil` for none.
  public let regulariser: (any LayerRegulariser)?
  /// Whether training may change the parameters; `false` leaves them at their initial values. A stage
  /// without parameters is not trainable.
  public let isTrainable: Bool
  /// How many layers before this one stands the layer whose parameters it has; `nil` for its own.
  public private(set) var sharedDistance: Int?

  /// A layer of given parts. That regulariser and activation go together is checked by ``Network``.
  public init(
    _ stage: any AffineStage, _ activation: any Activation,
    regulariser: (any LayerRegulariser)? = nil, isTrainable: Bool = true
  ) {
    self.stage = stage
    self.activation = activation
    self.regulariser = regulariser
    self.isTrainable = isTrainable && !stage.parameters.isEmpty
  }

  /// The same layer with its parameters frozen or thawed.
  public func trainable(_ isTrainable: Bool) -> Layer {
    var layer = Layer(stage, activation, regulariser: regulariser, isTrainable: isTrainable)
    layer.sharedDistance = sharedDistance
    return layer
  }

  /// The same layer with the parameters, or the first of them, of the layer so many places before it: the
  /// `V = W^T` of a residual block, the one operator of all steps of an unrolled algorithm. It is trained
  /// where that one is.
  public func sharingParameters(ofLayerBefore distance: Int) -> Layer {
    var layer = self
    layer.sharedDistance = distance
    return layer
  }
}

/// A fully connected ``Layer``, to be written in a ``Network`` builder.
public func dense(
  _ inputs: Int, _ outputs: Int, _ activation: any Activation,
  regulariser: (any LayerRegulariser)? = nil
) throws(SolverError) -> Layer {
  Layer(try Dense(inputs, outputs), activation, regulariser: regulariser)
}
