import Foundation
import Imaging
import Lifted
import Testing

@testable import Runs

/// Where pictures come from, what is measured of them, and what a network is trained on.
@Suite struct RestorationDataTests {
  private let pool = WorkerPool(threads: 1)

  private func data(_ extra: String = "", network: String = "threshold: 0.05") throws -> DataSets {
    let scratch = try Scratch()
    let folder = try scratch.pictures(8, in: "pictures")
    let recipe = try Recipe(
      yaml: restorationRecipe(folder, data: extra, network: network), source: "data")
    return try DataSets(recipe)
  }

  private func pictures(_ samples: EvaluationSamples) throws -> PictureProblems {
    guard case .pictures(let problems) = samples else { throw Wrong() }
    return problems
  }

  private struct Wrong: Error {}

  @Test("Pictures to validate and to test are set aside, each once")
  func disjoint() throws {
    let data = try data()
    let aside = try pictures(data.validation).pictures + pictures(data.test).pictures
    #expect(aside.count == 4)
    #expect(Set(aside.map(\.scalars)).count == 4)
    let batch: Batch<Float> = data.train.batch(of: 0..<8, on: pool)
    #expect(batch.inputs.shape == [8, 144] && batch.targets.shape == [8, 144])
  }

  @Test("Validation and test noise differ on the same picture")
  func noise() throws {
    let data = try data()
    let (a, b) = (try pictures(data.validation).degradation, try pictures(data.test).degradation)
    let noisy = try [a, b].map { try $0.measure(scene(0), number: 0, on: pool).measurement.y }
    let isSame = noisy[0] == noisy[1]
    #expect(!isSame)
    let isRepeatable = try a.measure(scene(0), number: 0, on: pool).measurement.y == noisy[0]
    #expect(isRepeatable)
  }

  @Test("Inputs are the adjoint of what is measured, borders that a blur makes unknown are no targets")
  func blurred() throws {
    let operators = "{name: blur, size: 5, deviation: 1}"
    let data = try data(
      ", operator: \(operators), flips: false", network: "threshold: 0.05, scheme: condatVu")
    let batch: Batch<Double> = data.train.batch(of: 0..<8, on: pool)
    for row in 0..<8 {
      for i in 0..<12 {
        for j in 0..<12 {
          let isKnown = (2..<10).contains(i) && (2..<10).contains(j)
          #expect((batch.targets[row, i * 12 + j] == 0) != isKnown)
        }
      }
    }
    // A^* y spreads the inner 8 x 8 pixels over the patch with weights of sum 1.
    let sums = (0..<8).map { row in (0..<144).reduce(0) { $0 + batch.inputs[row, $1] } }
    #expect(sums.allSatisfy { $0 > 64 * 0.05 && $0 < 64 })
  }

  @Test("With a range of levels the noise is that of the greatest, whatever a patch's own")
  func blind() throws {
    let scratch = try Scratch()
    let folder = try scratch.pictures(8, in: "pictures")
    let text = restorationRecipe(folder, data: ", flips: false").replacing(
      "noise: 0.1", with: "noise: [0.02, 0.2]"
    ).replacing("trainingSamples: 8", with: "trainingSamples: 100")
    let data = try DataSets(Recipe(yaml: text, source: "blind"))
    let batch: Batch<Double> = data.train.batch(of: 0..<100, visit: 1, on: pool)
    var noise = batch.inputs
    noise.combine(1, -1, batch.targets)
    let deviation = (noise.squaredNorm / Double(noise.count)).squareRoot()
    #expect(abs(deviation - 0.2) < 0.004)
    // Targets are scaled by 1 to 10: the dark ones of 100 patches are near the first, few near the last.
    let means = (0..<100).map { row in (0..<144).reduce(0) { $0 + batch.targets[row, $1] } / 144 }
    #expect((means.min() ?? 0) < 0.8 && (means.max() ?? 0) > 2)
  }

  @Test("Noise on a smooth picture is estimated from the picture alone to 5 %", arguments: [0.03, 0.1, 0.3])
  func estimate(sigma: Double) throws {
    var y = Tensor<Float>(shape: [1, 1, 128, 128])
    y.withMutablePointer { y in
      for i in 0..<128 {
        for j in 0..<128 { y[i * 128 + j] = Float(0.5 + 0.4 * sin(Double(i + 2 * j) / 20)) }
      }
    }
    Noise.gaussian(sigma: sigma).add(to: &y, seed: 1, on: pool)
    let estimate = try #require(NoiseEstimate.sigma(of: y))
    #expect(abs(estimate / sigma - 1) < 0.05)
    #expect(NoiseEstimate.sigma(of: Tensor(shape: [1, 1, 2, 9])) == nil)
  }

  @Test("The score is the mean over pictures of PSNR by its definition")
  func score() throws {
    let scratch = try Scratch()
    let folder = try scratch.pictures(8, in: "pictures")
    let recipe = try Recipe(yaml: restorationRecipe(folder), source: "score")
    let experiment = try Experiment(recipe, method: recipe.methods[0], on: pool)
    let problems = try pictures(experiment.data.test)
    let restorer = try PictureRestorer(recipe, experiment.initial)
    let ratios = try (0..<2).map { number in
      let (clean, measurement) = try problems.problem(number, on: pool)
      let restored = try restorer.restore(measurement, on: pool)
      let square = zip(restored.scalars, clean.scalars).reduce(0.0) {
        $0 + pow(Double($1.0) - Double($1.1), 2)
      }
      return (psnr: -10 * log10(square / 576), loss: 72 * square / 576)
    }
    let figures = try experiment.figures(
      of: experiment.initial, on: experiment.data.test, pool: pool)
    #expect(abs((figures["psnr"] ?? 0) - (ratios[0].psnr + ratios[1].psnr) / 2) < 1e-6)
    #expect(abs((figures["loss"] ?? 0) - (ratios[0].loss + ratios[1].loss) / 2) < 1e-6)
    #expect(Set(figures.keys) == ["loss", "psnr", "ssim", "input_psnr", "input_ssim"])
  }

  @Test("Tests come from a folder of their own where one is named")
  func ownTests() throws {
    let scratch = try Scratch()
    let folder = try scratch.pictures(5, in: "pictures")
    let tests = try scratch.pictures(3, in: "tests", from: 20)
    let text = restorationRecipe(folder, data: ", test: \(tests)").replacing(
      ", testSamples: 2", with: "")
    let data = try DataSets(Recipe(yaml: text, source: "tests"))
    #expect(data.test.count == 3 && data.validation.count == 2)
  }

  @Test("Dead leaves need no file")
  func deadLeaves() throws {
    let text = restorationRecipe("x").replacing(
      "source: pictures, folder: x", with: "source: dead-leaves")
    let data = try DataSets(Recipe(yaml: text, source: "leaves"))
    #expect(data.test.count == 2 && data.train.count == 8)
  }
}
