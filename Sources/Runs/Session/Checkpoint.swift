import Distributed
import Foundation
import Interchange
import Lifted
import Tensors

/// All that a run needs to go on: one file, written whole or not at all.
struct Checkpoint {
  var state: TrainingState<Float>
  var watch: StopWatch
  /// Seconds of training so far.
  var seconds: Double
  /// Seconds of processor time so far.
  var cpuSeconds = 0.0
  /// Why training ended, once it has.
  var stopReason: StopReason?
  /// How several ranks, or one in their order, shared the work.
  var plan: RankPlan?

  /// The part that is no tensor, kept as JSON in the file's metadata.
  private struct Scalars: Codable {
    var progress: TrainingProgress
    var layerSteps: [Int]
    var watch: StopWatch
    var seconds: Double
    var cpuSeconds: Double?
    var stopReason: StopReason?
    var plan: RankPlan?

    /// Whether a run of this network on so many samples can have written them.
    func suit(_ network: Network, samples: Int) -> Bool {
      let counts = [progress.step, progress.epoch, progress.gradientEvaluations] + layerSteps
      return counts.allSatisfy((0...1 << 60).contains) && layerSteps.count == network.depth
        && (0..<samples).contains(progress.samplesOfEpoch) && progress.lossOfEpoch.isFinite
        && progress.nudge > 0 && progress.nudge.isFinite && seconds >= 0 && cpuSeconds ?? 0 >= 0
        && watch.iterations == progress.epoch && (0...progress.epoch).contains(watch.bestIteration)
    }
  }

  init(state: TrainingState<Float>, watch: StopWatch, seconds: Double) {
    (self.state, self.watch, self.seconds) = (state, watch, seconds)
  }

  /// Writes `state.safetensors`.
  func write(to folder: RunFolder, _ network: Network) throws {
    let scalars = Scalars(
      progress: state.progress, layerSteps: state.layerSteps, watch: watch, seconds: seconds,
      cpuSeconds: cpuSeconds, stopReason: stopReason, plan: plan)
    let json = String(decoding: try RunJSON.encoder(pretty: false).encode(scalars), as: UTF8.self)
    var entries = Self.entries("theta", state.theta, network)
    for (k, moment) in Self.moments(of: state, network).enumerated() {
      entries += Self.entries("moment\(k)", moment, network)
    }
    for (l, memory) in state.memory.enumerated() {
      entries += memory.enumerated().map { NamedTensor("memory.\(l).\($0)", .float32($1)) }
    }
    entries += state.kept.enumerated().map { NamedTensor("kept.\($0)", .float32($1)) }
    try Safetensors(entries: entries, metadata: ["lifted.state": json]).write(
      to: folder.stateTensors)
  }

  private static func scalars(of file: Safetensors) -> Scalars? {
    file.metadata["lifted.state"].flatMap {
      try? RunJSON.decoder().decode(Scalars.self, from: Data($0.utf8))
    }
  }

  /// How the run of a folder has been shared; nil where there is no checkpoint, or it was one process.
  static func plan(of folder: RunFolder) -> RankPlan? {
    (try? Safetensors.read(from: folder.stateTensors)).flatMap(scalars)?.plan
  }

  /// Reads `state.safetensors` for a training that starts at `start`.
  init(
    reading folder: RunFolder, start: TrainingState<Float>, _ training: StochasticTraining,
    samples: Int
  ) throws {
    let network = training.network
    let file = try Safetensors.read(from: folder.stateTensors)
    guard let scalars = Self.scalars(of: file), scalars.suit(network, samples: samples) else {
      throw FormatError(
        .corrupt, file: folder.stateTensors.path, problem: "this is no checkpoint of this network",
        remedy: "start the run anew under another name")
    }
    var state = start
    state.theta = try Self.parameters("theta", file, network, folder)
    for k in 0..<(state.moments.map(\.count).max() ?? 0) {
      let moment = try Self.parameters("moment\(k)", file, network, folder)
      for l in 0..<network.depth where state.moments[l].count > k {
        state.moments[l][k] = moment.layers[l]
      }
    }
    for (l, memory) in start.memory.enumerated() {
      for (k, tensor) in memory.enumerated() {
        state.memory[l][k] = try Self.tensor("memory.\(l).\(k)", tensor.shape, file, folder)
      }
    }
    state.kept = file.entries.filter { $0.name.hasPrefix("kept.") }.compactMap {
      $0.tensor.real(Float.self)
    }
    let shapes = training.method.keptVariables(of: network).map { [samples, $0] }
    guard state.kept.isEmpty || state.kept.map(\.shape) == shapes else {
      throw FormatError(
        .corrupt, file: folder.stateTensors.path,
        problem: "what is kept of the samples is not of this training",
        remedy: "start the run anew under another name")
    }
    state.progress = scalars.progress
    state.layerSteps = scalars.layerSteps
    self.init(state: state, watch: scalars.watch, seconds: scalars.seconds)
    (cpuSeconds, stopReason) = (scalars.cpuSeconds ?? 0, scalars.stopReason)
  }

  /// The k-th moments of all layers as parameters; zero where a layer's update has fewer.
  private static func moments(
    of state: TrainingState<Float>, _ network: Network
  ) -> [Parameters<Float>] {
    (0..<(state.moments.map(\.count).max() ?? 0)).map { k in
      var all = Parameters<Float>(zerosFor: network)
      for l in 0..<network.depth where state.moments[l].count > k {
        all.layers[l] = state.moments[l][k]
      }
      all.share(in: network)
      return all
    }
  }

  private static func tensor(
    _ name: String, _ shape: [Int], _ file: Safetensors, _ folder: RunFolder
  ) throws -> Tensor<Float> {
    let entry = file.entries.first { $0.name == name }
    guard let tensor = entry?.tensor.real(Float.self), tensor.shape == shape else {
      throw FormatError(
        .corrupt, file: folder.stateTensors.path,
        problem: "'\(name)' of shape \(shape) is missing", remedy: "start the run anew")
    }
    return tensor
  }

  private static func entries(
    _ prefix: String, _ parameters: Parameters<Float>, _ network: Network
  ) -> [NamedTensor] {
    parameters.named(in: network).map { NamedTensor("\(prefix).\($0.name)", .float32($0.tensor)) }
  }

  private static func parameters(
    _ prefix: String, _ file: Safetensors, _ network: Network, _ folder: RunFolder
  ) throws -> Parameters<Float> {
    let named = file.entries.filter { $0.name.hasPrefix(prefix + ".") }.map {
      ($0.name.dropFirst(prefix.count + 1).description, $0.tensor.real(Float.self))
    }
    return try WeightFile.parameters(named, for: network, file: folder.stateTensors)
  }
}
