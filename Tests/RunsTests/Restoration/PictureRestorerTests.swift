import Foundation
import Imaging
import Lifted
import Testing

@testable import Runs

/// Whole pictures, tile by tile and at other noise levels.
@Suite struct PictureRestorerTests {
  private let pool = WorkerPool(threads: 2)

  private static let problems: [(operator: String, network: String)] = [
    ("none", "threshold: 0.05"),
    ("none", "threshold: 0.05, scheme: inertial"),
    ("none", "threshold: 0.05, scheme: stronglyConvex, range: [0, 1]"),
    ("{name: mask, known: 0.5}", "threshold: 0.05, scheme: resolvent, start: guess"),
    ("{name: mask, pattern: rows, known: 0.6}", "threshold: 0.05, scheme: condatVu"),
    ("{name: blur, size: 5, deviation: 1}", "threshold: 0.01, scheme: condatVu, start: guess"),
  ]

  /// A network whose weights are cosine filters and some noise: nothing in it is symmetric.
  private func restorer(
    _ problem: (operator: String, network: String), tile: Int
  ) throws -> (PictureRestorer, Degradation) {
    let data = ", operator: \(problem.operator)"
    let recipe = try Recipe(
      yaml: restorationRecipe("none", data: data, network: problem.network), source: "tiles")
    let network = try recipe.likeness()
    let patch = try ImageShape(channels: 1, height: 12, width: 12)
    var theta = try recipe.network.parameters(
      for: network, recipe.training, on: .image(patch),
      map: recipe.data.restoration?.operator.map(on: patch, seed: 1), seed: 1,
      probe: Tensor(shape: [0]), pool)
    var stream = RandomStream(seed: 5, .probe)
    for l in theta.layers.indices {
      for k in theta.layers[l].indices {
        theta.layers[l][k].combine(
          1, 0.1,
          .normal(shape: theta.layers[l][k].shape, standardDeviation: 0.3, from: &stream))
      }
    }
    let degradation = Degradation(
      try #require(recipe.data.restoration).operator, noise: recipe.data.noise, seed: 3)
    return (try PictureRestorer(recipe, theta, tile: tile), degradation)
  }

  @Test(
    "Tiles meet without a seam: the picture is that computed at once", arguments: problems.indices)
  func tiles(_ index: Int) throws {
    let (whole, degradation) = try restorer(Self.problems[index], tile: 1000)
    let (tiled, _) = try restorer(Self.problems[index], tile: 16)
    var colours = Tensor<Float>(shape: [3, 83, 71])
    for c in 0..<3 {
      colours.withMutablePointer { target in
        scene(c, height: 83, width: 71).withPointer {
          (target + c * 83 * 71).update(from: $0, count: 83 * 71)
        }
      }
    }
    let (_, measurement) = try degradation.measure(colours, number: 0, on: pool)
    let expected = try whole.restore(measurement, on: pool)
    var difference = try tiled.restore(measurement, on: pool)
    difference.combine(1, -1, expected)
    #expect(expected.isFinite && difference.scalars.allSatisfy { abs($0) < 1e-5 })
    #expect(expected.squaredNorm > 100)
  }

  @Test("Twice the noise on twice the picture gives twice the restored picture")
  func levels() throws {
    let (restorer, degradation) = try restorer(Self.problems[0], tile: 1000)
    let once = try degradation.measure(scene(1), number: 0, on: pool).measurement
    var y = once.y
    y.scale(by: 2)
    let twice = Measurement(y, of: .none, by: once.map, sigma: 2 * once.sigma, on: pool)
    var difference = try restorer.restore(twice, on: pool)
    difference.combine(1, -2, try restorer.restore(once, on: pool))
    #expect(difference.scalars.allSatisfy { abs($0) < 1e-5 })
    let same = Measurement(y, of: .none, by: once.map, sigma: once.sigma, on: pool)
    difference.combine(1, -1, try restorer.restore(same, on: pool))
    #expect(difference.squaredNorm > 1)
  }

  @Test("As a denoiser for a prior it restores as it does for pictures")
  func denoiser() throws {
    let (restorer, degradation) = try restorer(Self.problems[0], tile: 1000)
    let recipe = try Recipe(
      yaml: restorationRecipe("none", network: "threshold: 0.05"), source: "prior")
    let measurement = try degradation.measure(scene(1), number: 0, on: pool).measurement
    let (height, width) = (measurement.shape.height, measurement.shape.width)
    let denoiser = try NetworkDenoiser(recipe, restorer.theta, height: height, width: width)
    var u = try measurement.data.reshaped(to: [1, height * width])
    denoiser.denoise(&u, sigma: Float(measurement.sigma), on: pool)
    let expected = try restorer.restore(measurement, on: pool)
    for (a, b) in zip(u.scalars, expected.scalars) { #expect(abs(a - b) < 1e-5) }
    for index in 2...3 {
      let problem = Self.problems[index]
      let other = try Recipe(
        yaml: restorationRecipe(
          "none", data: ", operator: \(problem.operator)", network: problem.network),
        source: "other")
      #expect(throws: RecipeError.self) {
        try NetworkDenoiser(other, restorer.theta, height: height, width: width)
      }
    }
    var fewer = restorer.theta
    fewer.layers.removeFirst()
    #expect(throws: SolverError.self) {
      try NetworkDenoiser(recipe, fewer, height: height, width: width)
    }
  }

  @Test("A single pixel is restored")
  func pixel() throws {
    let (restorer, degradation) = try restorer(Self.problems[0], tile: 16)
    let picture = try Tensor<Float>(shape: [1, 1, 1], scalars: [0.5])
    let measurement = try degradation.measure(picture, number: 0, on: pool).measurement
    let restored = try restorer.restore(measurement, on: pool)
    #expect(restored.shape == [1, 1, 1, 1] && restored.isFinite)
  }

  @Test("Layers with a width are refused on pictures of another size than the patches")
  func layersWithWidth() throws {
    let text = restorationRecipe("none").replacing(
      "unrolled: {layers: 3, features: 4, kernel: 3, threshold: 0.05}",
      with: "- {width: 144, activation: identity}")
    let recipe = try Recipe(yaml: text, source: "dense")
    let theta = Parameters<Float>(zerosFor: try recipe.likeness())
    let restorer = try PictureRestorer(recipe, theta)
    let degradation = Degradation(.none, noise: recipe.data.noise, seed: 1)
    let measurement = try degradation.measure(scene(0), number: 0, on: pool).measurement
    #expect(throws: SolverError.self) { try restorer.restore(measurement, on: pool) }
  }

  @Test("Total variation, non-local means and the Wiener filter improve what they are made for")
  func classical() throws {
    let blur = try OperatorChoice(yaml: "{name: blur, size: 5, deviation: 1, border: circular}")
    let cases: [(ClassicalRestorer.Kind, OperatorChoice, Double)] = [
      (.tv, .none, 0.1), (.nlm, .none, 0.1), (.tv, blur, 0.01), (.wiener, blur, 0.01),
    ]
    for (kind, choice, sigma) in cases {
      let degradation = Degradation(choice, noise: NoiseLevels(sigma, sigma), seed: 1)
      let (clean, measurement) = try degradation.measure(
        scene(2, height: 48, width: 48), number: 0, on: pool)
      let restored = try ClassicalRestorer(kind).restore(measurement, on: pool)
      let figures = PictureFigures(of: restored, measurement, clean: clean, on: pool).values
      #expect(figures["psnr"] ?? 0 > (figures["input_psnr"] ?? .infinity) + 1, "\(kind) \(choice)")
    }
    let mask = try OperatorChoice(yaml: "{name: mask, known: 0.5}")
    let holes = try Degradation(mask, noise: 0, seed: 1).measure(scene(0), number: 0, on: pool)
    for kind in [ClassicalRestorer.Kind.nlm, .wiener] {
      #expect(throws: ImagingError.self) {
        try ClassicalRestorer(kind).restore(holes.measurement, on: pool)
      }
    }
  }
}
