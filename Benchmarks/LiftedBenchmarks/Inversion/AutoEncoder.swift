import ArgumentParser
import Foundation
import Interchange
import Lifted
import Runs

/// The encoder of a convolutional auto-encoder with a code of 300 numbers, in place of its decoder.
struct AutoEncoder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autoencoder",
    abstract: "Inverts the encoder that Benchmarks/train_autoencoder.py has trained.")

  @Option(help: "The folder that the script wrote.")
  var folder: String
  @Option(help: "valid to choose parameters, test to report.")
  var set = "valid"
  @Option(help: "How many pictures.")
  var pictures = 100
  @Option(help: "alpha of the total variation, clean and noisy codes.")
  var alphas: [Double] = [1e-3, 1e-2]
  @Option(help: "Steps from the decoder's answer, clean and noisy codes.")
  var steps: [Int] = [100, 50]
  @Option(help: "Step sizes of Adam.")
  var adam: [Double] = [3e-3]
  @Option(help: "Step sizes of Adam from zero.")
  var adamFromZero: [Double] = [3e-2]
  @Option(help: "alpha of the total variation from zero.")
  var alphaFromZero = 3e-3
  @Option(help: "Steps from zero.")
  var stepsFromZero = 200
  @Option(
    help: "Steps from the true pictures, which show what the least objective is worth; 0 for none.")
  var stepsFromTruth = 0
  @Option(help: "Threads.")
  var threads = 2

  func run() throws {
    let bench = try AutoEncoderBench(folder: folder, set: set, pictures: pictures, threads: threads)
    for (index, noise) in ["", "_noisy"].enumerated() {
      let (alpha, steps) = (alphas[index], self.steps[index])
      print(
        "\n\(noise.isEmpty ? "Clean" : "Noisy") codes, alpha \(alpha), \(steps) steps, from the decoder"
      )
      let decoded = try bench.pictures("decoded" + noise)
      print("decoder          ", Decibels.text(decoded, bench.truth))
      if !noise.isEmpty {
        print("robust decoder   ", Decibels.text(try bench.pictures("robust_noisy"), bench.truth))
      }
      let code = try bench.read("codes" + noise, 300)
      try bench.rows(
        from: .given(decoded), code, alpha: alpha, steps: steps, adam: adam)
    }
    print("\nClean codes, alpha \(alphaFromZero), \(stepsFromZero) steps, from zero")
    try bench.rows(
      from: .zero, try bench.read("codes", 300), alpha: alphaFromZero,
      steps: stepsFromZero,
      adam: adamFromZero)
    guard stepsFromTruth > 0 else { return }
    print("\nClean codes, alpha \(alphas[0]), \(stepsFromTruth) steps, from the true pictures")
    try bench.rows(
      from: .given(bench.truth), try bench.read("codes", 300), alpha: alphas[0],
      steps: stepsFromTruth, adam: [])
  }
}

/// The encoder, its pictures, and one line for each method.
struct AutoEncoderBench {
  let folder: URL
  let set: String
  let count: Int
  let pool: WorkerPool
  let network: Network
  let theta: Parameters<Float>
  /// Total variation of pictures in [0, 1].
  let variation: RegulariserSum
  private(set) var truth = Tensor<Float>(shape: [0])

  init(folder: String, set: String, pictures: Int, threads: Int) throws {
    (self.folder, self.set, count) = (URL(fileURLWithPath: folder), set, pictures)
    pool = WorkerPool(threads: threads)
    func image(_ channels: Int, _ side: Int) throws -> ImageShape {
      try ImageShape(channels: channels, height: side, width: side)
    }
    let (three, four, one, two) = (Extent(3), Extent(4), Extent(1), Extent(2))
    network = try Network {
      try convolution(image(1, 28), 32, kernel: four, stride: two, padding: one, ReLU())
      try convolution(image(32, 14), 32, kernel: three, padding: one, ReLU())
      try convolution(image(32, 14), 64, kernel: four, stride: two, padding: one, ReLU())
      try convolution(image(64, 7), 64, kernel: three, padding: one, ReLU())
      try convolution(image(64, 7), 64, kernel: three, padding: one, ReLU())
      try dense(64 * 49, 300, Identity())
    }
    theta = try WeightFile.read(
      from: self.folder.appendingPathComponent("encoder.safetensors"), for: network)
    variation = try RegulariserSum(
      (1, Box(0...1)), (1, TotalVariation(image(1, 28))), columns: 784)
    truth = try self.pictures("images")
  }

  func read(_ name: String, _ width: Int) throws -> Tensor<Float> {
    let url = folder.appendingPathComponent("\(set)_\(name).npy")
    let all = try NPYFile.read(from: url).tensor.real(Float.self)
    return try all.reshaped(to: [all.rows, width]).rows(0..<min(count, all.rows))
  }

  func pictures(_ name: String) throws -> Tensor<Float> { try read(name, 784) }

  /// One line for each method.
  func rows(
    from start: InversionStart<Float>, _ code: Tensor<Float>, alpha: Double, steps: Int,
    adam: [Double]
  ) throws {
    let penalty = try InputPenalty(alpha: alpha, variation)
    func line(_ name: String, _ inversion: some NetworkInversion<Float>) throws {
      var state = try inversion.start(from: start, measured: code, on: pool)
      let (began, start) = (clock(), ContinuousClock.now)
      let result = try inversion.run(&state, until: StopRule(maximumIterations: steps), on: pool)
      let seconds = Double(clock() - began) / Double(CLOCKS_PER_SEC)
      let wall = (ContinuousClock.now - start) / .seconds(1)
      let gains = Decibels.each(result.u, truth)
      let mean = gains.reduce(0, +) / Double(gains.count)
      let spread =
        (gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gains.count)).squareRoot()
      let residual = result.residuals.reduce(0, +) / Double(gains.count)
      print(
        name, String(format: "%.2f  spread %.2f", mean, spread), " residual",
        Figures.short(residual), " objective",
        Figures.factor(result.history.map(\.best).min() ?? 0),
        String(
          format: " %.1f ms, %.1f CPU ms a step", 1000 * wall / Double(steps),
          1000 * seconds / Double(steps)))
    }
    try line("lifted sweeps    ", SweepInversion(network, theta, inputPenalty: penalty))
    try line(
      "back-p., same step",
      SweepInversion(
        network, theta, inputPenalty: penalty, signal: BackPropagation()))
    for size in adam {
      let step = InputStep.adam(try Adam(stepSize: size))
      try line(
        "back-p., Adam \(size)",
        SweepInversion(
          network, theta, inputPenalty: penalty, signal: BackPropagation(), step: step))
    }
  }
}
