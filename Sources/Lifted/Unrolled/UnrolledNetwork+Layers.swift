import Proximal
import Tensors

extension UnrolledNetwork {
  /// The chain of layers: the first dual variable, the steps, the picture.
  /// - Throws: ``SolverError`` or `ProximalError` for steps and a range that their parts refuse.
  public func network() throws -> Network { try Network(chain()) }

  private func chain() throws -> [Layer] {
    let layers = try separateChain()
    guard sharesSteps else { return layers }
    // Steps that follow one another alternate between the kinds of a primal-dual scheme.
    let period = scheme.isDual ? 1 : 2
    let steps = 1..<(scheme.isDual ? layers.count - 1 : layers.count)
    return layers.enumerated().map { index, layer in
      steps.contains(index) && index > period
        ? layer.sharingParameters(ofLayerBefore: period) : layer
    }
  }

  /// Every step with parameters of its own.
  private func separateChain() throws -> [Layer] {
    let (back, scale) = (try self.back(), self.scale)
    return switch scheme {
    case .dualForwardBackward(let step): try dualLayers { _ in try base(step) }
    case .inertial(let step, let inertia):
      try dualLayers { try inertial(step, inertia, $0) }
    case .accelerated(let step):
      try dualLayers { try inertial(step, Double($0 - 1) / Double($0 + 2), $0) }
    case .chambollePock(let primal, let dual):
      try primalDualLayers { _ in
        (try .chambollePock(back, step: primal, scale: scale), dual, 1)
      }
    case .stronglyConvex(let step):
      try primalDualLayers { k in
        let now = growing(k, step)
        return (
          try .chambollePock(back, step: now.primal), growing(k + 1, step).dual, now.extrapolation
        )
      }
    case .resolvent(let map, let rest, let primal, let dual):
      try primalDualLayers { _ in
        (
          try .chambollePock(back, resolvent: map, rest: rest, step: primal, scale: scale), dual, 1
        )
      }
    case .condatVu(let normal, let primal, let dual):
      try primalDualLayers { _ in
        (try .condatVu(back, normal: normal, step: primal, scale: scale), dual, 1)
      }
    }
  }

  /// `d -> (L d, d)`, `K - 1` steps, `(u, d) -> d - S u`. With the first layer's `L d`, the step from
  /// `u = 0`, `K` steps in all.
  private func dualLayers(_ step: (Int) throws -> any AffineStage) throws -> [Layer] {
    let (analysis, pass) = (try self.analysis(), try Pass(image.count))
    let ball = try Beside(Clip.dualBall(nu: threshold), count: analysis.outputs, Identity())
    let first = Layer(try StagePair.fork(analysis, pass), ball)
    let last = Layer(try StagePair.join(try back(), pass), Identity())
    return try [first] + (1..<layers).map { Layer(try step($0), ball) } + [last]
  }

  private func base(_ step: Double) throws(SolverError) -> DualForwardBackward {
    try DualForwardBackward(
      try analysis(), synthesis: synthesis == .free ? try back() : nil, step: step)
  }

  private func inertial(
    _ step: Double, _ inertia: Double, _ k: Int
  ) throws(SolverError) -> InertialDualStep {
    try InertialDualStep(
      try base(step), inertia: inertia, takesPast: k > 1, keepsPast: k < layers - 1)
  }

  /// `d -> (x, u, d)`, `K` primal steps with dual steps between them; the last gives the picture.
  /// `step(k)` is a primal step, the step of the dual one after it and its extrapolation.
  private func primalDualLayers(
    _ step: (Int) throws -> (primal: PrimalStep, dual: Double, extrapolation: Double)
  ) throws -> [Layer] {
    let (analysis, pass) = (try self.analysis(), try Pass(image.count))
    let ball = try Clip.dualBall(nu: threshold / scale)
    let dual = try Beside(
      Identity(), count: image.count, try Beside(ball, count: analysis.outputs, Identity()))
    let first = try StagePair.fork(start ?? pass, try StagePair.fork(analysis, pass))
    return try (0..<layers).reduce(into: [Layer(first, dual)]) { chain, k in
      let step = try step(k)
      if k == layers - 1 {
        chain.append(Layer(step.primal.closing, try picture(beside: nil)))
      } else {
        chain.append(Layer(step.primal, try picture(beside: Identity())))
        let next = try DualStep(
          analysis, step: step.dual / scale, extrapolation: step.extrapolation)
        chain.append(Layer(next, dual))
      }
    }
  }

  /// The projection on the range, or the identity, on the picture alone or beside the rest of a row.
  private func picture(beside rest: Identity?) throws -> any Activation {
    guard let range else { return Identity() }
    let clip = try Clip(lower: range.lowerBound, upper: range.upperBound)
    guard let rest else { return clip }
    return try Beside(clip, count: image.count, rest)
  }

  /// `s`: networks hold `u/s` for the dual variable `u` of a primal-dual scheme, so that the steps in `u` from
  /// `x` and in `x` from `u` are equally long, and both of the size of a picture's features.
  private var scale: Double {
    switch scheme {
    case .chambollePock(let primal, let dual), .resolvent(_, _, let primal, let dual),
      .condatVu(_, let primal, let dual):
      (dual / primal).squareRoot()
    case .dualForwardBackward, .inertial, .accelerated, .stronglyConvex: 1
    }
  }

  /// `tau_k`, `sigma_k` and `t_k` of Chambolle and Pock's algorithm for a data term of convexity 1.
  private func growing(
    _ k: Int, _ step: Double
  ) -> (primal: Double, dual: Double, extrapolation: Double) {
    var tau = step
    for _ in 0..<k { tau /= (1 + 2 * tau).squareRoot() }
    return (tau, 1 / tau, 1 / (1 + 2 * tau).squareRoot())
  }

  private func shape() throws(SolverError) -> ConvolutionShape {
    try .checked { () throws(ShapeError) in
      try ConvolutionShape(
        input: image, channels: features, kernel: Extent(kernel), padding: Extent(kernel / 2))
    }
  }

  /// `L`.
  private func analysis() throws(SolverError) -> Convolution {
    Convolution(try shape(), hasBias: false)
  }

  /// `S`.
  private func back() throws(SolverError) -> TransposedConvolution {
    TransposedConvolution(adjointOf: try shape(), hasBias: false)
  }
}
