import Foundation

/// Why a run broke off, kept as `failure.json`: a comparison does not try it again unless asked.
public struct RunFailure: Codable, Equatable, Sendable {
  /// What went wrong, in one line.
  public let problem: String
  /// Seconds of processor time that the run had taken, as in ``Summary/cpuSeconds``.
  public let cpuSeconds: Double
  /// When it broke off; whole seconds.
  public let date: Date
  /// Version of the tool.
  public let version: String

  init(_ problem: String, cpuSeconds: Double) {
    (self.problem, self.cpuSeconds) = (problem, cpuSeconds)
    (date, version) = (Date(), LiftedVersion.current)
  }

  /// Writes `failure.json`.
  func write(to folder: RunFolder) throws {
    let json = try RunJSON.encoder(pretty: true).encode(self) + Data("\n".utf8)
    try WholeFile.write(json, to: folder.failure)
  }

  /// Reads `failure.json`; nil if there is none.
  init?(reading folder: RunFolder) throws(HistoryError) {
    guard FileManager.default.fileExists(atPath: folder.failure.path) else { return nil }
    let data: Data
    do { data = try WholeFile.read(folder.failure) } catch { throw .folder(error) }
    guard let failure = try? RunJSON.decoder().decode(RunFailure.self, from: data) else {
      throw .damaged(file: "failure.json", line: 1, reason: "this does not say why a run broke off")
    }
    self = failure
  }
}

extension RunFolder {
  /// Whether its run broke off or diverged.
  func hasFailed() throws(HistoryError) -> Bool {
    if FileManager.default.fileExists(atPath: failure.path) { return true }
    return hasSummary ? try Summary(reading: self).hasDiverged : false
  }
}
