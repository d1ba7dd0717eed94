import Foundation

@testable import Runs

/// A folder that is removed with everything in it when the value goes away.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "lifted-runs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func run(_ name: String = "run") throws -> RunFolder {
    try RunFolder.create(at: url.appendingPathComponent(name))
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

func text(_ url: URL) throws -> String {
  String(decoding: try Data(contentsOf: url), as: UTF8.self)
}

/// A row whose numbers have no short binary form.
func row(epoch: Int, layers: Int = 2) -> HistoryRow {
  HistoryRow(
    epoch: epoch, step: 100 * epoch, gradientEvaluations: 400 * epoch, trainingLoss: 0.1 + 0.2,
    validationLoss: 1.0 / Double(3 * epoch), validationMetric: epoch == 1 ? nil : 0.875,
    nudge: 0.01, stepFactor: 1e-5, objective: epoch == 1 ? nil : 1.5,
    gradientCosine: epoch == 1 ? nil : 0.5,
    layers: (0..<layers).map {
      LayerRecord(penalty: Double($0), consistencyGap: 0.25, activeFraction: 0.5)
    })
}

/// A grey 1 x 1 picture, written by libpng.
let tinyPNG = Data(
  base64Encoded:
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJg"
    + "gg==")!
