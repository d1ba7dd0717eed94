import Proximal
import Tensors

/// Damped mirror steps in the pre-activation `p` of a variable, `x = sigma(p)`:
///
///     p <- (1 - theta) p + theta (a - kappa A^* R(x)),   theta = 1 / (1 + kappa ||A||^2),
///     kappa = lambda_{l+1} / lambda_l
///
/// Monotone for every activation and needs the activation only: the Bregman proximal gradient step with
/// kernel `Phi`. Bregman penalty only. In a first round `p` starts at `a`, the layer's pre-activation.
/// Cost of a step: one gradient of the block.
public struct MirrorStep: VariableSolver {
  /// Steps, at least 1.
  public let steps: Int

  /// One in each step.
  public var gradients: Int { steps }

  /// Yes: no variable says which pre-activation it came from.
  public var startsAtPreactivation: Bool { true }

  /// Yes.
  public var movesRowsApart: Bool { true }

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(steps: Int = 1) throws(SolverError) {
    try requireSteps(steps)
    self.steps = steps
  }

  public func checkVariables(of energy: Energy) throws(SolverError) {
    try energy.requireMirrorForm()
  }

  public func improve<S: TensorScalar>(
    _ x: inout Tensor<S>, in block: VariableBlock<S>, _ memory: inout BlockMemory<S>
  ) {
    block.mirrorSteps(steps, &x, &memory, damping: { 1 / (1 + $0) })
  }
}

extension Energy {
  /// The mirror form holds for the Bregman penalty, without a term on the variable.
  func requireMirrorForm() throws(SolverError) {
    guard penalty is BregmanPenalty, loss.preactivationLipschitz != nil,
      !network.layers.contains(where: { $0.regulariser != nil })
    else {
      throw .unsuitable(
        "the mirror form holds for the Bregman penalty without a layer regulariser; "
          + "use proximalGradient")
    }
  }
}

extension VariableBlock {
  /// Steps in the pre-activation; `damping` maps `kappa ||A||^2` to `theta`. The input has no activation
  /// to go through: it takes gradient steps.
  func mirrorSteps(
    _ steps: Int, _ x: inout Tensor<S>, _ memory: inout BlockMemory<S>,
    damping: (Double) -> Double
  ) {
    guard layer > 0 else {
      var v = [x]
      for _ in 0..<steps {
        v = step(from: v, along: smoothGradient(at: v), longestStep)
      }
      x = v[0]
      return
    }
    let kappa = energy.weights[layer] / weight
    let theta = damping(kappa * squaredNorm)
    let activation = energy.network.layers[layer - 1].activation
    var p: Tensor<S>
    if let kept = memory.tensors.first?.first {
      p = kept
    } else {
      p = own
      x = p.activated(by: activation, on: pool)
    }
    for _ in 0..<steps {
      let pull = pull(at: x)
      p.combine(S(1 - theta), S(theta), own)
      p.combine(1, S(-theta * kappa), pull)
      x = p.activated(by: activation, on: pool)
    }
    memory.tensors = [[p]]
  }
}

extension Tensor {
  /// `sigma` applied to each row.
  func activated(by activation: any Activation, on pool: WorkerPool) -> Tensor {
    var x = self
    let width = columns
    x.forEachBand(on: pool) { tile, x in
      for row in tile.rows {
        activation.activate(x + row * width, into: x + row * width, count: width)
      }
    }
    return x
  }
}
