import Proximal
import Tensors

@testable import Lifted

/// Small problems: a random dense layer that looks at pictures of 4 x 4, measured with noise.
struct InversionCase {
  static let (height, width) = (4, 4)
  static var inputs: Int { height * width }
  static let pool = WorkerPool(threads: 1)

  let outputs: Int
  let layer: Layer
  let theta: [Tensor<Double>]
  let truth: Tensor<Double>
  let measurements: Tensor<Double>

  init(
    _ activation: any SeparableActivation = ReLU(), samples: Int = 1, noise: Double = 0.02,
    outputs: Int = 24
  ) throws {
    self.outputs = outputs
    layer = try dense(Self.inputs, outputs, activation)
    theta = [
      normal([outputs, Self.inputs], lane: 400, scale: 0.25),
      normal([outputs], lane: 500, scale: 0.3),
    ]
    var picture = Tensor<Double>(shape: [samples, Self.inputs])
    for i in 0..<samples {
      for j in 0..<Self.inputs { picture[i, j] = j % 4 < 2 ? 1 : 0.2 + 0.1 * Double(i) }
    }
    truth = picture
    let network = try Network([layer])
    var parameters = Parameters<Double>(zerosFor: network)
    parameters.layers[0] = theta
    var f = network.output(of: picture, at: parameters, on: Self.pool)
    f.combine(1, noise, normal(f.shape, lane: 600))
    measurements = try MeasurementPreparation().prepare(f, for: activation).measurements
  }

  func problem(
    _ j: any Regulariser, alpha: Double = 0.01,
    normalisation: LayerInversion<Double>.Normalisation = .mean
  ) throws -> LayerInversion<Double> {
    try LayerInversion(
      layer, theta: theta, measurements: measurements, InputPenalty(alpha: alpha, j),
      normalisation: normalisation, on: Self.pool)
  }

  static func totalVariation() throws -> TotalVariation {
    TotalVariation(try ImageShape(channels: 1, height: height, width: width))
  }
}

/// The regularisers that the tests go through.
enum KnownRegulariser: String, CaseIterable, Sendable {
  case tikhonov, l1, box, totalVariation, boxedTotalVariation

  func make() throws -> any Regulariser {
    switch self {
    case .tikhonov: Tikhonov()
    case .l1: L1Norm()
    case .box: Box(0...0.8)
    case .totalVariation: try InversionCase.totalVariation()
    case .boxedTotalVariation:
      try RegulariserSum(
        (1, Box(0...0.8)), (1, InversionCase.totalVariation()), columns: InversionCase.inputs)
    }
  }
}

/// The solvers that minimise.
enum KnownSolver: String, CaseIterable, Sendable {
  case primalDual, fista, admm, condatVu

  func make() throws -> any InversionSolver {
    switch self {
    case .primalDual: try PrimalDual()
    case .fista: FISTA()
    case .admm: try SplitADMM()
    case .condatVu: CondatVu()
    }
  }
}

extension StableInversion {
  /// As many iterations as asked, with no other end.
  static func fixed(
    _ solver: any InversionSolver, _ iterations: Int, stride: Int = 50
  ) throws -> StableInversion {
    StableInversion(
      solver,
      until: try InversionStopRule(
        maximumIterations: iterations, stride: stride, gap: 0, change: 0))
  }
}
