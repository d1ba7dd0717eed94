import Tensors

/// Where a ``BlockDescent`` is: the point, and what makes the next norms cheap.
public struct BlockDescentState<S: TensorScalar>: Sendable {
  /// Parameters and variables as they are now.
  public var point: LiftedPoint<S>
  /// Pre-activations of the mirror form, `x_l = sigma(mirror[l])`; empty in the proximal form.
  var mirror: [Tensor<S>]
  /// Rounds done.
  public internal(set) var rounds = 0
  /// The parameters that an implicit step is anchored at.
  let anchor: Parameters<S>
  /// Dominant singular vectors of `A_l` and of the inputs of layer `l`, for warm starts.
  private var operatorVectors: [Tensor<S>]
  private var inputVectors: [Tensor<S>]

  init(at point: LiftedPoint<S>) {
    self.point = point
    anchor = point.theta
    mirror = point.x.map { _ in Tensor(shape: [0]) }
    operatorVectors = point.x.map { Tensor(shape: [$0.columns]) }
    inputVectors = operatorVectors
  }

  /// Power iterations of a cold and of a warm start.
  private static var coldIterations: Int { 20 }
  private static var warmIterations: Int { 3 }
  /// Power iteration approaches the norm from below; steps use a little more than it found.
  private static var safety: Double { 1.05 }

  private var iterations: Int { rounds == 0 ? Self.coldIterations : Self.warmIterations }

  /// `||A_l||^2` with a margin.
  mutating func squaredNorm(ofLayer l: Int, _ network: Network, _ pool: WorkerPool) -> Double {
    Self.safety
      * Double(
        network.layers[l - 1].stage.squaredNorm(
          point.theta.layers[l - 1], vector: &operatorVectors[l - 1], iterations: iterations,
          on: pool))
  }

  /// `||[X 1]||^2 <= ||X||^2 + s` for the inputs of layer `l`, with a margin.
  mutating func squaredNorm(ofInputsTo l: Int, _ pool: WorkerPool) -> Double {
    let x = point.x[l - 1]
    let square = x.squaredSpectralNorm(
      vector: &inputVectors[l - 1], iterations: iterations, on: pool)
    return Self.safety * Double(square) + Double(x.rows)
  }
}
