import Proximal
import Tensors

/// A network of the first steps of an algorithm that solves `min_x 1/2 ||H x - y||^2 + nu ||L x||_1`,
/// with an operator `L` of its own for each step, learned: a proximal neural network for pictures.
///
///     let denoiser = try UnrolledNetwork(
///       ImageShape(channels: 1, height: 50, width: 50), features: 24, kernel: 5, layers: 10,
///       threshold: 0.05)
///     let network = try denoiser.network()
///     let theta: Parameters<Float> = try denoiser.cosineFilters()
///
/// `L` is a convolution with zeros around the picture. Its weights do not depend on the picture's extents, so
/// parameters learned on patches serve pictures of any size. The network takes `d`, the noisy picture
/// or `H^* y`, and gives the picture.
///
/// A denoiser of pictures with noise `s` restores those with noise `s'` by way of scaling,
/// `D_nu'(d) = (nu'/nu) D_nu(nu d/nu')` with `nu'/nu = s'/s`: scale the data by `s/s'`, the result back.
///
/// Source: Le et al., arXiv 2308.03139; Wang, Benning and Repetti, MLSP 2024, its training by lifting.
public struct UnrolledNetwork: Sendable {
  /// The algorithm that is unrolled.
  public enum Scheme: Sendable {
    /// Dual forward-backward, for denoising: ``DualForwardBackward``. Converges for `step < 2`.
    case dualForwardBackward(step: Double = 1)
    /// The same with constant inertia in [0, 1]: ``InertialDualStep``.
    case inertial(step: Double = 1, inertia: Double = 0.3)
    /// The same with the inertia of Beck and Teboulle, which grows from step to step; `step <= 1`.
    case accelerated(step: Double = 1)
    /// Chambolle and Pock's algorithm for denoising, `primal dual <= 1`: ``PrimalStep``, ``DualStep``.
    case chambollePock(primal: Double = 1, dual: Double = 1)
    /// The same, its steps and extrapolation as for a strongly convex problem: `tau_0 = step`,
    /// `sigma_0 = 1/step`, `t_k = 1/sqrt(1 + 2 tau_k)`, `tau_{k+1} = t_k tau_k`,
    /// `sigma_{k+1} = sigma_k / t_k`.
    case stronglyConvex(step: Double = 1)
    /// The same for an operator `H`, by the resolvent `(1 + primal C^* C)^(-1)` of an operator `C`, and
    /// `rest = H^* H - C^* C`; `nil` for `C = H`.
    case resolvent(
      any AffineStage, rest: (any AffineStage)? = nil, primal: Double = 1, dual: Double = 1)
    /// Condat and Vu's for an operator `H`, by `normal = H^* H`; `1/primal >= dual + ||H||^2/2`.
    case condatVu(normal: any AffineStage, primal: Double = 1, dual: Double = 0.5)
  }

  /// How the way back from features to the picture is had.
  public enum Synthesis: String, Sendable, Codable, CaseIterable {
    /// The adjoint of the step's own `L`; in dual schemes only.
    case adjoint
    /// A map of its own.
    case free
  }

  /// The pictures.
  public let image: ImageShape
  /// Output channels of `L`.
  public let features: Int
  /// Rows and columns of the kernels, odd.
  public let kernel: Int
  /// Steps `K`.
  public let layers: Int
  /// `nu`, in the units of the data.
  public let threshold: Double
  /// The algorithm.
  public let scheme: Scheme
  /// The way back.
  public let synthesis: Synthesis
  /// Whether all steps have one `L`, and one `S` where it is a map of its own; the first layer and a dual
  /// scheme's last have theirs.
  public let sharesSteps: Bool
  /// What pictures are clipped to after each primal step; `nil` for nothing.
  public let range: ClosedRange<Double>?
  /// A fixed map from `d` to the picture at which a primal-dual scheme starts; `nil` for `d` itself.
  public let start: (any AffineStage)?

  /// - Throws: ``SolverError`` for a number out of range, an even kernel, more features than there are
  ///   cosine filters, or a synthesis, range or start that the scheme has no use for.
  public init(
    _ image: ImageShape, features: Int, kernel: Int, layers: Int, threshold: Double,
    scheme: Scheme = .dualForwardBackward(), synthesis: Synthesis? = nil,
    sharesSteps: Bool = false, range: ClosedRange<Double>? = nil, start: (any AffineStage)? = nil
  ) throws(SolverError) {
    (self.image, self.features, self.kernel, self.layers) = (image, features, kernel, layers)
    (self.threshold, self.scheme, self.range, self.start) = (threshold, scheme, range, start)
    self.sharesSteps = sharesSteps
    self.synthesis = synthesis ?? (scheme.isDual ? .adjoint : .free)
    try check()
  }

  private func check() throws(SolverError) {
    try SolverError.requirePositive(threshold, "threshold")
    guard kernel % 2 == 1, (1...99).contains(kernel) else {
      throw .outOfRange(
        parameter: "kernel", value: Double(kernel), admissible: "an odd number from 1 to 99")
    }
    let filters = image.channels * kernel * kernel - 1
    guard (1...max(filters, 1)).contains(features), filters > 0 else {
      throw .outOfRange(
        parameter: "features", value: Double(features),
        admissible: "from 1 to \(filters), the cosine filters of \(kernel) x \(kernel) pixels "
          + "without the constant")
    }
    guard (2...10_000).contains(layers) else {
      throw .outOfRange(parameter: "layers", value: Double(layers), admissible: "from 2 to 10000")
    }
    guard !scheme.isDual || (range == nil && start == nil) else {
      throw .unsuitable(
        "a dual scheme has no picture to start from or to clip; leave out range and start, or take a "
          + "primal-dual scheme")
    }
    for (name, step) in scheme.steps { try SolverError.requirePositive(step, name) }
    guard scheme.isDual || synthesis == .free else {
      throw .unsuitable(
        "in a primal-dual scheme the way back lies in a layer of its own; make the synthesis free")
    }
  }
}

extension UnrolledNetwork.Scheme {
  /// Whether the dual variable is all that is iterated.
  public var isDual: Bool {
    switch self {
    case .dualForwardBackward, .inertial, .accelerated: true
    case .chambollePock, .stronglyConvex, .resolvent, .condatVu: false
    }
  }

  /// The steps by their names.
  fileprivate var steps: [(name: String, step: Double)] {
    switch self {
    case .dualForwardBackward(let step), .inertial(let step, _), .accelerated(let step),
      .stronglyConvex(let step):
      [("step", step)]
    case .chambollePock(let primal, let dual), .resolvent(_, _, let primal, let dual),
      .condatVu(_, let primal, let dual):
      [("primal", primal), ("dual", dual)]
    }
  }
}
