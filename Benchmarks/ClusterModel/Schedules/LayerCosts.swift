/// Seconds of the parts of a step on one layer, for some rows.
///
///     F, A, G   the products X W^T, R W, R^T X of n rows;   s, w   a pass over a number, an update of a weight
struct LayerCosts {
  private let forwardProduct: Double
  private let adjointProduct: Double
  private let gradientProduct: Double
  private let norms: Double
  private let pass: Double
  /// The update of the weights, `w d^2`.
  let update: Double

  init(_ job: Job, rows: Double, _ node: Node) {
    let width = job.width
    forwardProduct = node.forward.seconds(rows: rows, width: width)
    adjointProduct = node.adjoint.seconds(rows: rows, width: width)
    gradientProduct = node.gradient.seconds(rows: rows, width: width)
    norms =
      node.forward.seconds(rows: 1, width: width) + node.adjoint.seconds(rows: 1, width: width)
    pass = node.secondsPerNumber * rows * Double(width)
    update = node.secondsPerWeight * job.weightsOfLayer
  }

  /// Forward pass: `F + s n d`.
  var forward: Double { forwardProduct + pass }

  /// Pass back, `A + G + s n d`; the first layer needs no `A`.
  func back(isFirst: Bool) -> Double {
    (isFirst ? 0 : adjointProduct) + gradientProduct + pass
  }

  /// A lifted layer's pre-activation, `F + s n d`, and the power iterations for the length of the step of the
  /// variable below, which the first layer has not.
  func preactivation(isFirst: Bool, powerIterations: Int) -> Double {
    forwardProduct + pass + (isFirst ? 0 : Double(powerIterations) * norms)
  }

  /// A lifted layer's pull on the variable below, `A + 3 s n d`: a copy, the residual and a cleared result.
  var pull: Double { adjointProduct + 3 * pass }

  /// The variable's step, `6 s n d`: a copy, the penalty's slope and its weight, the sum with the pull, the
  /// step, the prox.
  var move: Double { 6 * pass }

  /// The weights' gradient at the new variables, `F + G + 2 s n d`, and the power iterations over the inputs.
  func gradient(powerIterations: Int) -> Double {
    forwardProduct + gradientProduct + 2 * pass + Double(2 * powerIterations) * pass
  }
}
