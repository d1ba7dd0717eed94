import Tensors

/// Two stages that work as one: what networks are joined from that are no plain chain.
///
///     fork        x          -> (A_1 x + b_1, A_2 x + b_2)
///     join        (x_1, x_2) -> A_1 x_1 + b_1 + A_2 x_2 + b_2
///     parallel    (x_1, x_2) -> (A_1 x_1 + b_1, A_2 x_2 + b_2)
///
/// The parts of a row stand one after the other. A residual block `u -> u + V sigma(W u + b)` is the
/// fork of ``Pass`` and `W`, the identity beside `sigma` as activation, and the join of ``Pass`` and `V`.
/// Cost of every function: that of both stages, and a pass over what is split or put together.
public struct StagePair: AffineStage {
  /// The stage of the first columns.
  public let first: any AffineStage
  /// The stage of the columns after them.
  public let second: any AffineStage

  private let sharesInput: Bool
  private let addsOutputs: Bool

  private init(
    _ first: any AffineStage, _ second: any AffineStage, sharesInput: Bool, addsOutputs: Bool
  ) {
    (self.first, self.second) = (first, second)
    (self.sharesInput, self.addsOutputs) = (sharesInput, addsOutputs)
  }

  /// `x -> (A_1 x + b_1, A_2 x + b_2)`.
  /// - Throws: ``SolverError/unsuitable(_:)`` if the stages do not take inputs of one width.
  public static func fork(
    _ first: any AffineStage, _ second: any AffineStage
  ) throws(SolverError) -> StagePair {
    try requireAffine(first, second)
    guard first.inputs == second.inputs else {
      throw .unsuitable(
        "the stages of a fork take \(first.inputs) and \(second.inputs) numbers; they share their "
          + "input, so make the two equal")
    }
    return StagePair(first, second, sharesInput: true, addsOutputs: false)
  }

  /// `(x_1, x_2) -> A_1 x_1 + b_1 + A_2 x_2 + b_2`.
  /// - Throws: ``SolverError/unsuitable(_:)`` if the stages do not give outputs of one width.
  public static func join(
    _ first: any AffineStage, _ second: any AffineStage
  ) throws(SolverError) -> StagePair {
    try requireAffine(first, second)
    guard first.outputs == second.outputs else {
      throw .unsuitable(
        "the stages of a join give \(first.outputs) and \(second.outputs) numbers; they are added, "
          + "so make the two equal")
    }
    return StagePair(first, second, sharesInput: false, addsOutputs: true)
  }

  /// `(x_1, x_2) -> (A_1 x_1 + b_1, A_2 x_2 + b_2)`.
  public static func parallel(_ first: any AffineStage, _ second: any AffineStage) -> StagePair {
    precondition(
      first.isAffineInParameters && second.isAffineInParameters,
      "a pair's stages must be affine in their parameters")
    return StagePair(first, second, sharesInput: false, addsOutputs: false)
  }

  private static func requireAffine(
    _ first: any AffineStage, _ second: any AffineStage
  ) throws(SolverError) {
    for stage in [first, second] where !stage.isAffineInParameters {
      throw .unsuitable(
        "a pair takes stages that are affine in their parameters, and \(type(of: stage)) is not; give it "
          + "a layer of its own")
    }
  }

  /// As of the stages where they share their input, else the sum of both.
  public var inputs: Int { sharesInput ? first.inputs : first.inputs + second.inputs }
  /// As of the stages where they are added, else the sum of both.
  public var outputs: Int { addsOutputs ? first.outputs : first.outputs + second.outputs }

  /// Those of the first stage, then those of the second. Where both have some, their names begin with
  /// `first.` and `second.`.
  public var parameters: [ParameterShape] {
    let both = !first.parameters.isEmpty && !second.parameters.isEmpty
    return zip([first, second], ["first.", "second."]).flatMap { stage, prefix in
      stage.parameters.map {
        ParameterShape(
          name: (both ? prefix : "") + $0.name, shape: $0.shape, fanIn: $0.fanIn)
      }
    }
  }

  /// The results of both stages, added or side by side.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, into z: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    for (index, part) in parts.enumerated() {
      z.put(at: addsOutputs ? nil : part.outputs, adding: addsOutputs && index > 0, on: pool) {
        part.stage.apply(
          Array(theta[part.parameters]), to: part.input(of: x, on: pool), into: &$0, on: pool,
          finish: nil)
      }
    }
    if let finish { z.forEachBand(on: pool, finish) }
  }

  /// The offsets of both stages, added or side by side.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? {
    let offsets = parts.compactMap { part in
      part.stage.offset(Array(theta[part.parameters])).map {
        (column: addsOutputs ? 0 : part.outputs.lowerBound, values: $0)
      }
    }
    guard !offsets.isEmpty else { return nil }
    var sum = Tensor<S>(shape: [outputs])
    sum.withMutablePointer { sum in
      for (column, values) in offsets {
        values.withPointer { S.add($0, to: sum + column, count: values.count) }
      }
    }
    return sum
  }

  /// The adjoints of both stages, side by side, or added where they share their input.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, into u: inout Tensor<S>, on pool: WorkerPool,
    finish: ((Tile, UnsafeMutablePointer<S>) -> Void)? = nil
  ) {
    for (index, part) in parts.enumerated() {
      u.put(at: sharesInput ? nil : part.inputs, adding: sharesInput && index > 0, on: pool) {
        part.stage.adjoint(
          Array(theta[part.parameters]), of: part.output(of: r, on: pool), into: &$0, on: pool,
          finish: nil)
      }
    }
    if let finish { u.forEachBand(on: pool, finish) }
  }

  /// The gradients of both stages.
  public func gradient<S: TensorScalar>(
    of r: Tensor<S>, at x: Tensor<S>, scale: S, on pool: WorkerPool,
    _ body: (_ parameter: Int, _ range: Range<Int>, _ gradient: UnsafePointer<S>) -> Void
  ) {
    for part in trained {
      part.stage.gradient(
        of: part.output(of: r, on: pool), at: part.input(of: x, on: pool), scale: scale, on: pool
      ) { body(part.parameters.lowerBound + $0, $1, $2) }
    }
  }

  /// The implicit steps of both stages. Where both have parameters and are added, the steps of a model
  /// above the true one, `||a_1 + a_2||^2 <= 2 ||a_1||^2 + 2 ||a_2||^2`, in which they part.
  public func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    let count = addsOutputs ? S(trained.count) : 1
    for part in trained {
      var own = Array(theta[part.parameters])
      try part.stage.implicitStep(
        &own, residual: part.output(of: r, on: pool).scaled(by: 1 / count),
        at: part.input(of: x, on: pool), scale: count * scale, tau: tau, relaxation: relaxation,
        on: pool)
      theta.replaceSubrange(part.parameters, with: own)
    }
  }

  /// The greater of both stages', or their sum where they are added. With parameters in both, power
  /// iterations start afresh at each call.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    let trained = self.trained
    let squares = trained.map { part in
      if trained.count > 1 { vector = Tensor(shape: [0]) }
      return part.stage.squaredParameterNorm(
        at: part.input(of: x, on: pool), vector: &vector, iterations: iterations, on: pool)
    }
    return addsOutputs ? squares.reduce(0, +) : squares.max() ?? 0
  }
}

extension StagePair {
  /// A stage and where its input, output and parameters stand.
  private struct Part {
    let stage: any AffineStage
    let inputs: Range<Int>
    let outputs: Range<Int>
    let parameters: Range<Int>

    func input<S: TensorScalar>(of x: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
      x.columns == stage.inputs ? x : x.columns(inputs, on: pool)
    }

    func output<S: TensorScalar>(of r: Tensor<S>, on pool: WorkerPool) -> Tensor<S> {
      r.columns == stage.outputs ? r : r.columns(outputs, on: pool)
    }
  }

  private var parts: [Part] {
    let (n, m, p) = (first.inputs, first.outputs, first.parameters.count)
    return [
      Part(stage: first, inputs: 0..<n, outputs: 0..<m, parameters: 0..<p),
      Part(
        stage: second, inputs: n..<(n + second.inputs), outputs: m..<(m + second.outputs),
        parameters: p..<(p + second.parameters.count)),
    ]
  }

  /// The parts with parameters.
  private var trained: [Part] { parts.filter { !$0.parameters.isEmpty } }
}
