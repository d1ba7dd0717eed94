import Foundation
import Lifted

/// The final figures of a run, kept as `summary.json` (keys sorted, indented).
public struct Summary: Codable, Equatable, Sendable {
  /// The training method, as people name it.
  public var method: String
  /// The root seed.
  public var seed: UInt64
  /// Epochs trained.
  public var epochs: Int
  /// Minibatch steps taken.
  public var steps: Int
  /// Figures on the training samples, by name: `loss`, the mean over the steps of the last epoch, and
  /// `accuracy` or `mse`, of the last weights on the first 10 000 samples or all that there are.
  public var train: [String: Double]
  /// Figures on the validation samples, by name.
  public var validation: [String: Double]
  /// Figures on the test samples, by name.
  public var test: [String: Double]
  /// Seconds of training, pauses between kill and resume left out.
  public var seconds: Double
  /// Seconds of processor time, user and system, on all threads, from reading the data to the final
  /// figures, summed over interruptions; pages and pictures are left out, and so is what was lost when
  /// the process was killed. Nil in summaries of older versions.
  public var cpuSeconds: Double?
  /// Gradient evaluations, as the solver counts them.
  public var gradientEvaluations: Int
  /// The most memory the process held at once, in bytes.
  public var peakMemoryBytes: Int
  /// Why training ended, in words.
  public var stopReason: String
  /// Where it ran.
  public var machine: Machine
  /// When it ended; whole seconds.
  public var date: Date
  /// Version of the tool.
  public var version: String

  /// A summary of given figures.
  public init(
    method: String, seed: UInt64, epochs: Int, steps: Int, train: [String: Double] = [:],
    validation: [String: Double] = [:], test: [String: Double] = [:], seconds: Double,
    cpuSeconds: Double? = nil, gradientEvaluations: Int, peakMemoryBytes: Int, stopReason: String,
    machine: Machine, date: Date, version: String
  ) {
    self.method = method
    self.seed = seed
    self.epochs = epochs
    self.steps = steps
    self.train = train
    self.validation = validation
    self.test = test
    self.seconds = seconds
    self.cpuSeconds = cpuSeconds
    self.gradientEvaluations = gradientEvaluations
    self.peakMemoryBytes = peakMemoryBytes
    self.stopReason = stopReason
    self.machine = machine
    self.date = date
    self.version = version
  }

  /// Whether the run ended because it diverged.
  var hasDiverged: Bool { stopReason == StopReason.notFinite.description }

  /// Writes `summary.json`.
  public func write(to folder: RunFolder) throws(HistoryError) {
    do {
      let json = try RunJSON.encoder(pretty: true).encode(self) + Data("\n".utf8)
      try WholeFile.write(json, to: folder.summary)
    } catch let error as RunFolderError {
      throw .folder(error)
    } catch {
      throw .damaged(file: "summary.json", line: 1, reason: "cannot be written: \(error)")
    }
  }

  /// Reads `summary.json`.
  public init(reading folder: RunFolder) throws(HistoryError) {
    let data: Data
    do { data = try WholeFile.read(folder.summary) } catch { throw .folder(error) }
    guard let summary = try? RunJSON.decoder().decode(Summary.self, from: data) else {
      throw .damaged(file: "summary.json", line: 1, reason: "this is not the summary of a run")
    }
    self = summary
  }
}
