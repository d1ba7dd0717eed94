import Tensors

/// How a layer's parameters move, given the residual of its pre-activations and its inputs.
///
/// The gradient of the block is `scale r^T x`; an update may use it as it is (``GradientStep``,
/// ``Momentum``, ``Adam``, ``CovarianceStep``) or go to the minimiser of the block's quadratic model
/// (``ImplicitStep``). Descriptions are immutable; what they remember is in ``WeightBlock``.
public protocol WeightUpdate: Sendable {
  /// Tensors the size of each parameter that the update remembers.
  var moments: Int { get }

  /// The step size, multiplied by ``UpdateContext/stepFactor`` at each call.
  var stepSize: Double { get }

  /// The shapes of what else the update remembers of a layer.
  func memory(for stage: any AffineStage) -> [[Int]]

  /// Whether a gradient is all it needs to know of a batch; if not, it takes a layer's own residuals and
  /// inputs, and no parameters that several layers share.
  var needsGradientOnly: Bool { get }

  /// Whether it can do with a dense stage's ``NormalEquations`` in place of residuals and inputs, where it
  /// needs more than a gradient. It is then given them by whoever adds up parts of a batch.
  func takesNormalEquations(of stage: any AffineStage, samples: Int) -> Bool

  /// Whether the update can move a stage's parameters.
  /// - Throws: ``SolverError`` with the reason if not.
  func check(_ stage: any AffineStage) throws(SolverError)

  /// One step on one layer's block, then the proximal step of its weight penalty.
  /// - Throws: ``SolverError`` if the step cannot be computed.
  func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) throws(SolverError)
}

extension WeightUpdate {
  /// Nothing.
  public func memory(for stage: any AffineStage) -> [[Int]] { [] }

  /// Yes.
  public var needsGradientOnly: Bool { true }

  /// No.
  public func takesNormalEquations(of stage: any AffineStage, samples: Int) -> Bool { false }

  /// Any stage.
  public func check(_ stage: any AffineStage) throws(SolverError) {}
}

/// A layer's parameters and what its update remembers of earlier steps.
public struct WeightBlock<S: TensorScalar>: Sendable, Equatable {
  /// The layer's parameters, in its stage's order.
  public var theta: [Tensor<S>]
  /// `moments[k]` is the k-th remembered copy of `theta`.
  public var moments: [[Tensor<S>]]
  /// What else the update remembers, in shapes of its own.
  public var memory: [Tensor<S>]
  /// Steps taken.
  public var steps = 0

  /// A block before its first step: `count` moments and tensors of the shapes `memory`, all zero.
  public init(_ theta: [Tensor<S>], moments count: Int, memory: [[Int]] = []) {
    self.theta = theta
    self.memory = memory.map { Tensor(shape: $0) }
    let zero = theta.map { Tensor<S>(shape: $0.shape) }
    moments = Array(repeating: zero, count: count)
  }
}

/// What an update is told of the batch.
public struct UpdateContext<S: TensorScalar> {
  /// The layer's affine map.
  public let stage: any AffineStage
  /// `r_l`, samples x outputs; the stage's gradient factor where it is not affine in its parameters.
  public let residual: Tensor<S>
  /// `x_{l-1}`, samples x inputs; its gradient factor there.
  public let input: Tensor<S>
  /// The block's gradient is `scale r^T x`: `1 / (samples beta)`.
  public let scale: S
  /// Multiplies the step size; from the schedule.
  public let stepFactor: Double
  /// `R`, applied by its prox.
  public let penalty: WeightPenalty
  /// The block's gradient where it is known already, summed over several layers or from elsewhere; `nil`
  /// to have it computed from residuals and inputs.
  public let gradient: [Tensor<S>]?
  /// The block's Gram pair where it is known already; `nil` to have it computed.
  public let normalEquations: NormalEquations<S>?
  /// Samples of the batch.
  public let samples: Int

  /// The context of one layer and one batch.
  public init(
    stage: any AffineStage, residual: Tensor<S>, input: Tensor<S>, scale: S,
    stepFactor: Double = 1, penalty: WeightPenalty = .none, gradient: [Tensor<S>]? = nil
  ) {
    self.stage = stage
    (self.residual, self.input, self.scale) = (residual, input, scale)
    (self.stepFactor, self.penalty, self.gradient) = (stepFactor, penalty, gradient)
    (normalEquations, samples) = (nil, residual.rows)
  }

  /// The same where sums over the batch are known, and residuals and inputs are not at hand: a gradient
  /// with `scale` in it, or a Gram pair without.
  package init(
    stage: any AffineStage, samples: Int, gradient: [Tensor<S>]? = nil,
    normalEquations: NormalEquations<S>? = nil, scale: S, stepFactor: Double,
    penalty: WeightPenalty
  ) {
    self.stage = stage
    (residual, input) = (Tensor(shape: [0, stage.outputs]), Tensor(shape: [0, stage.inputs]))
    (self.scale, self.samples) = (scale, samples)
    (self.stepFactor, self.penalty) = (stepFactor, penalty)
    (self.gradient, self.normalEquations) = (gradient, normalEquations)
  }

  /// Hands the gradient to `body` in pieces, as ``AffineStage/gradient(of:at:scale:on:_:)``.
  func forEachGradientPiece(
    on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    guard let gradient else {
      return stage.gradient(of: residual, at: input, scale: scale, on: pool, body)
    }
    let length = 1 << 14
    for (parameter, tensor) in gradient.enumerated() {
      tensor.withPointer { values in
        pool.forEach((tensor.count + length - 1) / length) { piece in
          let range = (piece * length)..<min((piece + 1) * length, tensor.count)
          body(parameter, range, values + range.lowerBound)
        }
      }
    }
  }
}

extension WeightBlock {
  /// Runs `kernel(w, g, moment, shrink, count)` on each piece of the gradient while it is in cache;
  /// `moment(k)` is the k-th moment there, `shrink` the factor of the weight penalty's proximal step,
  /// 1 for offsets.
  mutating func descend(
    _ context: UpdateContext<S>, step: Double, on pool: WorkerPool,
    kernel: (
      UnsafeMutablePointer<S>, UnsafePointer<S>, (Int) -> UnsafeMutablePointer<S>, S, Int
    ) -> Void
  ) {
    let shrink = S(context.penalty.shrinkage(step: step))
    let factors = context.stage.parameters.map { $0.fanIn > 0 ? shrink : 1 }
    theta.withPointers { w in
      moments.withPointers { m in
        context.forEachGradientPiece(on: pool) { parameter, range, gradient in
          let start = range.lowerBound
          kernel(
            w[parameter] + start, gradient, { m[$0][parameter] + start }, factors[parameter],
            range.count)
        }
      }
    }
    steps += 1
    context.penalty.project(&theta, context.stage)
  }
}
