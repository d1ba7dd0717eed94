import Proximal
import Tensors

/// The weight block of one layer, inputs and variable held still: a finite sum over samples.
///
///     F(W) = 1/n sum_i f_i(W) + R(W),   f_i(W) = lambda penalty(y_i, A(W) x_i + b)
///     grad f_i = lambda r_i [x_i 1]^T,  r_i = grad_z penalty
///
/// Convex for the Bregman and lifted penalties. Each sample's gradient is of rank one, so a solver that
/// remembers gradients stores the residuals `r_i` alone: the inputs are the data.
public struct LayerProblem<S: TensorScalar>: Sendable {
  /// Affine map and activation.
  public let layer: Layer
  /// What is summed.
  public let penalty: any Penalty
  /// `lambda > 0`.
  public let weight: Double
  /// `R`, which solvers enter by its prox.
  public let weightPenalty: WeightPenalty
  /// `x_i`, one row for each sample.
  public let inputs: Tensor<S>
  /// `y_i`, one row for each sample.
  public let targets: Tensor<S>
  /// Samples `n` of the sum, of which those here may be a part only: another process holds the rest.
  public let whole: Int
  /// The Lipschitz constant of the penalty's gradient in the pre-activation.
  private let lipschitz: Double

  /// - Throws: ``SolverError`` if the data do not fit the layer, there are none, or the penalty has no
  ///   Lipschitz constant to take steps from.
  public init(
    _ layer: Layer, inputs: Tensor<S>, targets: Tensor<S>, penalty: any Penalty = BregmanPenalty(),
    weight: Double = 1, weightPenalty: WeightPenalty = .standard
  ) throws(SolverError) {
    try SolverError.requirePositive(weight, "weight")
    try penalty.check(layer)
    let samples = inputs.rows
    for (what, found, width) in [
      ("inputs", inputs.shape, layer.stage.inputs), ("targets", targets.shape, layer.stage.outputs),
    ] where found != [samples, width] {
      throw .shape(.mismatch(what: what, expected: [samples, width], found: found))
    }
    guard samples > 0 else { throw .unsuitable("there are no samples") }
    guard let lipschitz = penalty.preactivationLipschitz else {
      throw .unsuitable(
        "\(type(of: penalty)) has no Lipschitz constant, from which finite-sum solvers take their "
          + "steps; use the Bregman or the lifted penalty")
    }
    (self.layer, self.penalty, self.weight) = (layer, penalty, weight)
    (self.weightPenalty, self.lipschitz) = (weightPenalty, lipschitz)
    (self.inputs, self.targets) = (inputs, targets)
    whole = samples
  }

  private init(_ rows: Range<Int>, of problem: LayerProblem) {
    (layer, penalty, weight) = (problem.layer, problem.penalty, problem.weight)
    (weightPenalty, lipschitz) = (problem.weightPenalty, problem.lipschitz)
    (inputs, targets) = (problem.inputs.rows(rows), problem.targets.rows(rows))
    whole = problem.whole
  }

  /// Number of samples that are here.
  public var samples: Int { inputs.rows }

  /// The samples of one of some parts, as even as can be.
  public func rows(ofPart part: Int, of parts: Int) -> Range<Int> {
    (part * samples / parts)..<((part + 1) * samples / parts)
  }

  /// What a worker holds of the problem: its samples, of the same whole.
  public func part(_ part: Int, of parts: Int) -> LayerProblem {
    LayerProblem(rows(ofPart: part, of: parts), of: self)
  }

  /// `L_max`, the greatest constant of a sample's gradient; for a dense stage
  /// `lambda max_i (||x_i||^2 + 1)`. Cost: some products of a sample with itself for each.
  public func greatestSampleLipschitz(on pool: WorkerPool) -> Double {
    let squares = (0..<samples).map { i in
      squaredNorm(of: inputs.rows(i..<(i + 1)), iterations: 2, on: pool)
    }
    return weight * lipschitz * (squares.max() ?? 0)
  }

  /// `L` of the mean over some samples, at most `lambda (||X||^2 / n + 1)` for a dense stage, with a
  /// margin of 5 % for the power iteration.
  public func meanLipschitz(of rows: Range<Int>? = nil, on pool: WorkerPool) -> Double {
    let x = rows.map { inputs.rows($0) } ?? inputs
    return 1.05 * weight * lipschitz * squaredNorm(of: x, iterations: 30, on: pool)
      / Double(max(x.rows, 1))
  }

  /// `L_p` of some samples' part of the mean over all, `f_i / n` summed up, with the same margin.
  package func partLipschitz(of rows: Range<Int>, on pool: WorkerPool) -> Double {
    meanLipschitz(of: rows, on: pool) * Double(rows.count) / Double(whole)
  }

  private func squaredNorm(of x: Tensor<S>, iterations: Int, on pool: WorkerPool) -> Double {
    var vector = Tensor<S>(shape: [x.columns])
    return Double(
      layer.stage.squaredParameterNorm(at: x, vector: &vector, iterations: iterations, on: pool))
  }

  /// `F(W)`; of a part, the mean over its own samples and `R`.
  public func value(at theta: [Tensor<S>], on pool: WorkerPool) -> Double {
    let z = layer.preactivation(theta, inputs, on: pool)
    let sum = sumOverRows(targets, z, on: pool) { y, z, count in
      penalty.value(y, z, layer.activation, count: count)
    }
    return weight * sum / Double(samples) + weightPenalty.value(of: theta, layer.stage)
  }

  /// `lambda r_i` of some samples, one row for each.
  package func residual(
    of rows: Range<Int>, at theta: [Tensor<S>], on pool: WorkerPool
  ) -> Tensor<S> {
    var z = layer.preactivation(theta, inputs.rows(rows), on: pool)
    let width = z.columns
    targets.withPointer { y in
      let y = y + rows.lowerBound * width
      z.forEachBand(on: pool) { tile, z in
        for row in tile.rows {
          penalty.gradientInPreactivation(
            y + row * width, z + row * width, layer.activation, into: z + row * width, count: width)
        }
      }
    }
    z.scale(by: S(weight))
    return z
  }

  /// `1/n sum r_i [x_i 1]^T` over some samples, for given residuals.
  package func gradient(
    of residual: Tensor<S>, _ rows: Range<Int>, on pool: WorkerPool
  ) -> [Tensor<S>] {
    layer.stage.parameterGradient(
      of: residual, at: inputs.rows(rows), scale: 1 / S(whole), on: pool)
  }

  /// `W <- prox_{step R}(W - step direction)`.
  package func descend(_ theta: inout [Tensor<S>], along direction: [Tensor<S>], step: Double) {
    for slot in theta.indices { theta[slot].combine(1, S(-step), direction[slot]) }
    weightPenalty.shrink(&theta, layer.stage, step: step)
    weightPenalty.project(&theta, layer.stage)
  }
}
