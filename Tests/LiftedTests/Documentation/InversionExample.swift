import Lifted
import Proximal
import Tensors
import Testing

@Suite("The article on stable inversion")
struct InversionExample {
  @Test("A picture is found again from what a layer has made of it")
  func oneLayer() throws {
    let pool = WorkerPool(threads: 2)
    let (pixels, units, noise) = (144, 100, 0.05)
    var picture = Tensor<Double>(shape: [1, pixels])
    for i in 0..<pixels where i / 12 > 3 && i % 12 < 7 { picture[0, i] = 1 }
    var stream = RandomStream(seed: 1, .probe)
    let theta = [
      Tensor<Double>.normal(shape: [units, pixels], from: &stream),
      Tensor<Double>.normal(shape: [units], from: &stream),
    ]
    let layer = try dense(pixels, units, ReLU())
    var parameters = Parameters<Double>(zerosFor: try Network([layer]))
    parameters.layers[0] = theta
    var measured = try Network([layer]).output(of: picture, at: parameters, on: pool)
    measured.combine(1, noise, .normal(shape: [1, units], from: &stream))

    // Measurements into the range of the activation, noise at rest taken out.
    let prepared = try MeasurementPreparation(noise: noise).prepare(measured, for: layer.activation)

    // The problem: what is known of the unknown is that it is a picture of few edges.
    let shape = try ImageShape(channels: 1, height: 12, width: 12)
    let problem = try LayerInversion(
      layer, theta: theta, measurements: prepared.measurements,
      InputPenalty(alpha: 0.1, TotalVariation(shape)), on: pool)

    // The largest alpha that fits the measurements as well as their noise allows.
    let inversion = StableInversion(
      try PrimalDual(), until: try InversionStopRule(maximumIterations: 1000))
    let choice = ParameterChoice.discrepancy(
      try DiscrepancyPrinciple(), deltaSquared: problem.noiseFidelity(noise))
    let chosen = try inversion.solve(problem, choosing: choice, on: pool)

    // Out with the bias of J, if cross-validation agrees.
    let polished = try LeastSquaresPolish().polish(
      chosen.result.unknowns, of: problem.with(alpha: chosen.result.reports[0].alpha), on: pool)

    #expect(chosen.choices[0].outcome == .met)
    func error(_ u: Tensor<Double>) -> Double {
      var d = u
      d.combine(1, -1, picture)
      return (d.squaredNorm / picture.squaredNorm).squareRoot()
    }
    #expect(error(chosen.result.unknowns) < 0.02)
    #expect(error(polished.unknowns) <= error(chosen.result.unknowns))
  }
}
