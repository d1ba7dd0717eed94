import Proximal
import Tensors

/// How the error of the output travels back through the layers of a batch.
///
/// After a forward pass the head's residual is `r_L = beta (sigma(z_L) - y)`. Going backwards, each
/// hidden layer turns `u_l = A_{l+1}^* r_{l+1}` into its own residual `r_l`; the weight block's gradient
/// is then `r_l^T x_{l-1}`. The signals differ in that one step, and in nothing else:
///
///     CentredContrast   r_l = sigma(z_l + u_l/2) - sigma(z_l - u_l/2)
///     MirrorSweep       r_l = sigma(z_l) - sigma(z_l - u_l)
///     BackPropagation   r_l = sigma'(z_l)^T u_l
///
/// so any ``WeightUpdate`` can be compared under any of them. The first two never differentiate an
/// activation.
public protocol Signal: Sendable {
  /// The step for one layer, as a function on rows: `u <- r` in place, given `z`.
  /// - Throws: ``SolverError/unsuitable(_:)`` if the signal cannot pass this activation.
  func residual<S: TensorScalar>(
    through activation: any Activation, of type: S.Type
  ) throws(SolverError) -> RowMap<S>
}

/// A function on a row in place, with the pre-activations beside it: `(u, z, count)`.
public typealias RowMap<S> = (UnsafeMutablePointer<S>, UnsafePointer<S>, Int) -> Void

extension Signal {
  /// Whether every hidden layer of the network can be passed; call at construction.
  func check(_ network: Network) throws(SolverError) {
    for layer in network.layers.dropLast() {
      _ = try residual(through: layer.activation, of: Float.self)
    }
  }

  /// `r_l` from `r_{l+1}`. `nudge` is the weight `beta` of the loss in `r_L`; the layer's regulariser
  /// `S_l` enters with it, linearised at the forward state. Cost: one product with `A_{l+1}^*`.
  /// - Throws: ``SolverError/unsuitable(_:)`` if the signal cannot pass the layer's activation.
  package func propagate<S: TensorScalar>(
    toLayer l: Int, _ states: inout LayerStates<S>, _ network: Network, _ theta: Parameters<S>,
    nudge: S, on pool: WorkerPool
  ) throws(SolverError) {
    let layer = network.layers[l - 1]
    let residual = try residual(through: layer.activation, of: S.self)
    let width = layer.stage.outputs
    var u = detach(&states.r[l])
    states.z[l].withPointer { z in
      states.x[l].withPointer { x in
        network.layers[l].backward(
          theta.layers[l], states.r[l + 1], &u, on: pool, coupling: layer.coupling
        ) { tile, u in
          for row in tile.rows {
            let start = row * width + tile.columns.lowerBound
            layer.regulariser?.addSubgradient(
              at: x + start, times: nudge, to: u + start, count: tile.columns.count)
            residual(u + start, z + start, tile.columns.count)
          }
        }
      }
    }
    states.r[l] = u
  }

  /// One whole backward sweep from the forward pass: `r_L`, …, `r_lowest`.
  func sweep<S: TensorScalar>(
    _ states: inout LayerStates<S>, against y: Tensor<S>, _ network: Network,
    _ theta: Parameters<S>, nudge: S, downTo lowest: Int = 1, on pool: WorkerPool
  ) throws(SolverError) {
    states.setOutputResidual(against: y, weight: nudge, on: pool)
    for l in stride(from: network.depth - 1, through: lowest, by: -1) {
      try propagate(toLayer: l, &states, network, theta, nudge: nudge, on: pool)
    }
  }
}

extension Layer {
  /// How numbers of a row depend on one another under activation and regulariser together.
  var coupling: Coupling {
    activation.coupling == .separable ? regulariser?.coupling ?? .separable : activation.coupling
  }
}
