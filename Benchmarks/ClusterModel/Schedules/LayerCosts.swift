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

  /// A lifted layer's residual and its pull on the layer below, `F + A + 2 s n d`, and the power iterations
  /// for the step's length; the first layer needs the residual alone.
  func pull(isFirst: Bool, powerIterations: Int) -> Double {
    forwardProduct + 2 * pass
      + (isFirst ? 0 : adjointProduct + Double(powerIterations) * norms)
  }

  /// The variable's step, `2 s n d`.
  var move: Double { 2 * pass }

  /// The weights' gradient at the new variables, `F + G + s n d`, and the power iterations over the inputs.
  func gradient(powerIterations: Int) -> Double {
    forwardProduct + gradientProduct + pass + Double(2 * powerIterations) * pass
  }
}
