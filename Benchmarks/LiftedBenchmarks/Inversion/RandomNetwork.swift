import ArgumentParser
import Foundation
import Lifted

/// A rectifier network of three random layers whose first layer is inactive at a start of zeros.
struct RandomNetwork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "random",
    abstract:
      "Inverts a random 64-256-256-256 rectifier network from zero, by lifting and otherwise.")

  @Option(help: "The seeds.")
  var seeds: [UInt64] = [1, 2, 3]
  @Option(help: "Pictures of each seed.")
  var pictures = 16
  @Option(help: "Threads.")
  var threads = 2

  func run() throws {
    let pool = WorkerPool(threads: threads)
    for seed in seeds {
      let instance = try RandomNetworkInstance(seed: seed, pictures: pictures, on: pool)
      print("\nSeed \(seed): PSNR in dB, box [0, 1]; zero itself has \(instance.psnrOfZero)\n")
      print(Figures.columns(try instance.table(on: pool)))
    }
  }
}

/// He's initialisation, offsets `N(0, 0.1^2)`, the first layer's shifted by -0.5; inputs are pictures of
/// 8 x 8 with three discs.
struct RandomNetworkInstance {
  let network: Network
  let theta: Parameters<Float>
  let truth: Tensor<Float>
  let measured: Tensor<Float>

  static let steps = [100, 200, 500]

  init(seed: UInt64, pictures: Int, on pool: WorkerPool) throws {
    network = try Network {
      try dense(64, 256, ReLU())
      try dense(256, 256, ReLU())
      try dense(256, 256, ReLU())
    }
    var theta = Parameters<Float>(zerosFor: network)
    for (l, layer) in network.layers.enumerated() {
      var stream = RandomStream(seed: seed, .synthesis, lane: UInt64(l))
      let deviation = (2 / Double(layer.stage.inputs)).squareRoot()
      theta.layers[l][0] = .normal(
        shape: theta.layers[l][0].shape, standardDeviation: deviation, from: &stream)
      theta.layers[l][1] = .normal(shape: [256], standardDeviation: 0.1, from: &stream)
    }
    theta.layers[0][1] = theta.layers[0][1].map { $0 - 0.5 }
    self.theta = theta
    var stream = RandomStream(seed: seed, .synthesis, lane: 9)
    truth = Tensor(rows: (0..<pictures).map { _ in Self.picture(&stream) })
    measured = network.output(of: truth, at: theta, on: pool)
  }

  private static func picture(_ stream: inout RandomStream) -> [Float] {
    var picture = Array(repeating: Float(0), count: 64)
    for _ in 0..<3 {
      let radius = 0.15 + 0.25 * stream.uniform()
      let (x, y) = (0.1 + 0.8 * stream.uniform(), 0.1 + 0.8 * stream.uniform())
      let grey = Float(0.3 + 0.7 * stream.uniform())
      for i in 0..<64 {
        let (dx, dy) = (Double(i % 8) / 8 - x, Double(i / 8) / 8 - y)
        if dx * dx + dy * dy < radius * radius { picture[i] = grey }
      }
    }
    return picture
  }

  var psnrOfZero: String { Decibels.text(Tensor(shape: truth.shape), truth) }

  func table(on pool: WorkerPool) throws -> [[String]] {
    let box = try InputPenalty(alpha: 1, Box(0...1))
    var rows = [
      ["method"] + Self.steps.map { "\($0) steps" } + ["residual", "active units, layer 1"]
    ]
    func add(_ name: String, _ inversion: some NetworkInversion<Float>) throws {
      var state = try inversion.start(from: .zero, measured: measured, on: pool)
      var cells = [name]
      var last: NetworkInversionResult<Float>?
      for steps in Self.steps {
        let result = try inversion.run(
          &state, until: StopRule(maximumIterations: steps), on: pool)
        cells.append(Decibels.text(result.u, truth))
        last = result
      }
      guard let last else { return }
      let residual = last.residuals.reduce(0, +) / Double(last.residuals.count)
      cells.append(Figures.short(residual))
      cells.append("\(Int((100 * last.activeFractions[0]).rounded())) %")
      rows.append(cells)
    }
    for sweep in Sweep.allCases {
      try add(
        "lifted, \(sweep.rawValue)",
        DeepInversion(network, theta, inputPenalty: box, sweep: sweep, on: pool))
    }
    try add(
      "lifted, not accelerated",
      DeepInversion(network, theta, inputPenalty: box, isAccelerated: false, on: pool))
    let weights: [(String, LayerWeights)] = [
      ("constant", .constant), ("growing by 10", .growing(by: 10)),
      ("balanced by 32", .balanced(by: 32)),
    ]
    for (name, weights) in weights {
      try add(
        "lifted, weights \(name)",
        DeepInversion(network, theta, inputPenalty: box, weights: weights, on: pool))
    }
    try add(
      "lifted, forward restart each 50",
      DeepInversion(network, theta, inputPenalty: box, forwardRestart: 50, on: pool))
    for nudge in [1.0, 100] {
      try add(
        "centred sweeps, nudge \(Int(nudge))",
        SweepInversion(network, theta, inputPenalty: box, nudge: nudge))
    }
    for step in [3e-3, 1e-2, 3e-2] {
      try add(
        "back-propagation, Adam \(step)",
        SweepInversion(
          network, theta, inputPenalty: box, signal: BackPropagation(),
          step: .adam(Adam(stepSize: step))))
    }
    return rows
  }
}

/// PSNR at data range 1.
enum Decibels {
  /// The mean over rows, in dB.
  static func mean(_ u: Tensor<Float>, _ truth: Tensor<Float>) -> Double {
    let values = each(u, truth)
    return values.reduce(0, +) / Double(max(values.count, 1))
  }

  static func each(_ u: Tensor<Float>, _ truth: Tensor<Float>) -> [Double] {
    (0..<u.rows).map { row in
      var error = u.rows(row..<(row + 1))
      error.combine(1, -1, truth.rows(row..<(row + 1)))
      return -10 * log10(max(error.squaredNorm / Double(error.count), 1e-12))
    }
  }

  static func text(_ u: Tensor<Float>, _ truth: Tensor<Float>) -> String {
    String(format: "%.2f", mean(u, truth))
  }
}
