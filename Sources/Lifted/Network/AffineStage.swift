import Tensors

/// The affine half of a layer: `z = A(theta) x + b(theta)`, affine in `x` for fixed parameters and in
/// the parameters for fixed `x`.
///
/// A batch is a matrix with one sample in each row. A new kind of layer has to provide its sizes and
/// parameters, product, adjoint and gradient; for the rest there are defaults, which may be slower than
/// what the layer itself can do. No derivative of an activation appears.
public protocol AffineStage: Sendable {
  /// Numbers per sample that come in.
  var inputs: Int { get }
  /// Numbers per sample that go out.
  var outputs: Int { get }
  /// What the numbers that come in are an image of; `nil`, the default, for a plain row of numbers.
  var inputImage: ImageShape? { get }
  /// What the numbers that go out are an image of; `nil`, the default, for a plain row of numbers.
  var outputImage: ImageShape? { get }
  /// Names and shapes of the parameters, in the order in which every function here takes them.
  var parameters: [ParameterShape] { get }

  /// `z <- A x` without the offset. `finish` is called once for each tile of `z` that is complete.
  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?)

  /// The offset `b`, one number for each output; `nil`, the default, without one.
  func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>?

  /// `u <- A^* r`, the adjoint with respect to `x`. `finish` as in ``apply(_:to:into:on:finish:)``.
  func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?)

  /// `z <- A x` where rows of `x` and `z` are wider: `x` is read from column `start` on, `z` written from
  /// column `end` on, other columns left alone. By default by way of copies; a stage that networks of
  /// several variables side by side use often does without.
  func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, from start: Int, into z: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?)

  /// `u <- A^* r` on parts of wider rows, as ``apply(_:to:from:into:at:on:finish:)``.
  func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, from start: Int, into u: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?)

  /// Whether `z` is affine in the parameters for fixed `x`. Where it is not, the weight block's curvature
  /// depends on the weights, and methods that rely on a constant one refuse the stage.
  var isAffineInParameters: Bool { get }

  /// What ``gradient(of:at:scale:on:_:)`` and the implicit step are to be given for residuals `r` at
  /// inputs `x`: those two, unless the stage is not affine in its parameters and has to look at them.
  func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>)

  /// The gradient of `scale <r, A(theta) x + b(theta)>` with respect to the parameters, summed over
  /// the batch and handed to `body` in pieces while they are in cache: parameter, range of its
  /// elements, gradient there. Pieces come from several threads at once and cover each element once.
  func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void)

  /// Subtracts `relaxation dtheta` from the parameters, `dtheta` the minimiser of
  /// `scale (<r, A(dtheta) x> + 1/2 ||A(dtheta) x||^2) + 1/(2 tau) ||dtheta||^2`, negated: the
  /// proximal step of the block's quadratic model. By default by conjugate gradients.
  /// - Throws: ``SolverError/notPositiveDefinite(what:)``.
  func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool) throws(SolverError)

  /// The squared spectral norm of `A(theta)`, from below by power iteration started at `vector`,
  /// which is left at the dominant right singular vector for a warm start; zeros, or a vector of another
  /// length, are replaced.
  func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S

  /// A bound of the squared spectral norm of `theta -> A(theta) x + b(theta)` over the batch: the
  /// curvature of a weight block. From power iteration as in ``squaredNorm(_:vector:iterations:on:)``,
  /// so possibly a little too small.
  func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S

  /// Multiplies the weights of a unit by a factor and sets its offset; a unit is an output, or a channel of
  /// an image. By default the units are the rows of the first parameter, and the offset the second.
  func scale<S: TensorScalar>(
    unit: Int, of theta: inout [Tensor<S>], by factor: S, offset: S)
}

extension AffineStage {
  /// `true`.
  public var isAffineInParameters: Bool { true }

  /// The residuals and inputs as they are.
  public func gradientFactors<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, at x: Tensor<S>, on pool: WorkerPool
  ) -> (residual: Tensor<S>, input: Tensor<S>) {
    (r, x)
  }
}

/// The name and shape of a parameter, and how many inputs and outputs each of its units connects.
public struct ParameterShape: Sendable, Equatable {
  /// `weight`, `bias`, as in PyTorch.
  public let name: String
  /// Extents, outputs first.
  public let shape: [Int]
  /// Inputs of one unit; 0 for what no random number starts and no penalty shrinks, such as an offset.
  public let fanIn: Int
  /// Where a parameter without inputs starts: 0 for an offset.
  public let start: Double

  /// A parameter of given name, extents, inputs of one unit and, without inputs, start.
  public init(name: String, shape: [Int], fanIn: Int, start: Double = 0) {
    (self.name, self.shape, self.fanIn, self.start) = (name, shape, fanIn, start)
  }
}
