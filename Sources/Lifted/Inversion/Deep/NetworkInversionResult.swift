import Proximal
import Tensors

/// What a ``NetworkInversion`` has found.
public struct NetworkInversionResult<S: TensorScalar>: Sendable {
  /// The best input of each row, by the forward objective.
  public let u: Tensor<S>
  /// `B_L(f, z_L(u))` of each row; `1/2 ||N(u) - f||^2` for an identity head.
  public let residuals: [Double]
  /// `J(u)` of each row, without `alpha`; zeros without a regulariser.
  public let regularisers: [Double]
  /// `||x_l - sigma_l(A_l x_{l-1} + b_l)||` at the last iterate, in the root mean square, for each layer.
  public let consistencyGaps: [Double]
  /// The fraction of each layer's units that a small change of their pre-activation moves, at the answer.
  public let activeFractions: [Double]
  /// What the answer does not rest on the measurement for; empty if all is well.
  public let warnings: [DeadUnits]
  /// Steps done.
  public let iterations: Int
  /// Why it ended.
  public let reason: StopReason
  /// The judgements, means over the rows, the start's first.
  public let history: [BestInputs<S>.Judgement]

  init(
    _ best: BestInputs<S>, _ objective: ForwardObjective<S>, _ reason: StopReason,
    gaps: [Double], on pool: WorkerPool
  ) {
    u = best.u
    residuals = best.terms.map(\.residual)
    regularisers = best.terms.map(\.regulariser)
    let active = objective.activeUnits(at: best.u, on: pool)
    (consistencyGaps, activeFractions) = (
      gaps, zip(active, objective.network.layers).map { $0 / Double($1.stage.outputs) }
    )
    warnings = DeadUnits.warnings(of: objective.network, active: active)
    (iterations, self.reason, history) = (best.iterations, reason, best.history)
  }
}

/// A layer with so few active units that the measurement cannot have fixed the input: fewer than the
/// narrowest place of the network lets through.
///
/// Lifting needs no derivative and may still have found the input through the inequalities that inactive units
/// stand for; but no equation holds it there, and the regulariser had to supply the rest.
public struct DeadUnits: Sendable, Equatable, CustomStringConvertible {
  /// The layer, from 1.
  public let layer: Int
  /// Its units.
  public let units: Int
  /// The fraction of its units that are inactive at the answer, mean over the rows.
  public let deadFraction: Double
  /// The least of the widths of input and layers.
  public let needed: Int

  /// One sentence.
  public var description: String {
    let dead = Int((100 * deadFraction).rounded())
    let active = Int(((1 - deadFraction) * Double(units)).rounded())
    return
      "\(dead) % of the \(units) units of layer \(layer) are inactive at the answer; the \(active) that are "
      + "active cannot fix \(needed) unknowns, so the regulariser and the start supply the rest"
  }

  /// One for each layer with too few active units.
  static func warnings(of network: Network, active: [Double]) -> [DeadUnits] {
    let needed = network.widths.min() ?? 0
    return zip(active, 1...).compactMap { active, l in
      let units = network.layers[l - 1].stage.outputs
      guard active < Double(needed) else { return nil }
      return DeadUnits(
        layer: l, units: units, deadFraction: 1 - active / Double(units), needed: needed)
    }
  }
}

extension ForwardObjective {
  /// How many units of each layer a small change of their pre-activation moves at inputs `u`, mean over the
  /// rows. Cost: a forward pass.
  func activeUnits(at u: Tensor<S>, on pool: WorkerPool) -> [Double] {
    var x = u
    return zip(network.layers, theta.layers).map { layer, theta in
      var z = Tensor<S>(shape: [x.rows, layer.stage.outputs])
      var next = z
      layer.forward(theta, x, &z, &next, on: pool)
      x = next
      var moved = Tensor(repeating: S(Self.smallChange), shape: z.shape)
      let (width, activation) = (z.columns, layer.activation)
      moved.forEachRow(with: z, on: pool) { moved, z in
        activation.centredDifference(at: z, along: moved, count: width)
      }
      let active: S = moved.withPointer {
        total(moved.count, $0, $0, { x, _ in x != 0 ? 1 : 0 }, { x, _ in x != 0 ? 1 : 0 })
      }
      return Double(active) / Double(max(u.rows, 1))
    }
  }

  private static var smallChange: Double { 1e-3 }
}
