import Foundation
import Runs

/// Final figures of runs, one row for each.
struct FigureTable {
  private struct Row {
    let method: String
    let seed: UInt64
    let summary: Summary?
    let hasFailed: Bool

    func figure(_ name: String) -> Double? { hasFailed ? nil : summary?.test[name] }
  }

  private let rows: [Row]

  init(_ folder: RunFolder) throws {
    let summary = try Summary(reading: folder)
    rows = [Row(method: summary.method, seed: summary.seed, summary: summary, hasFailed: false)]
  }

  init(_ outcomes: [StudyOutcome]) {
    rows = outcomes.map { outcome in
      Row(
        method: outcome.job.label, seed: outcome.job.recipe.seed, summary: outcome.summary,
        hasFailed: outcome.failure != nil)
    }
  }

  /// Names of the test figures that occur: of the last weights, of the best weights, the loss.
  private var names: [String] {
    let all = Set(rows.compactMap(\.summary).flatMap(\.test.keys))
    let place = { (name: String) in name == "loss" ? 2 : name.hasPrefix("best_") ? 1 : 0 }
    return all.sorted { (place($0), $0) < (place($1), $1) }
  }

  var text: String {
    let header = ["method", "seed"] + names.map { "test \(title($0))" } + ["gradients", "seconds"]
    let lines = rows.map { row in
      [row.method, "\(row.seed)"] + names.map { row.figure($0).map(number) ?? "-" }
        + [
          row.summary.map { "\($0.gradientEvaluations)" } ?? "-",
          row.summary.map { String(format: "%.1f", $0.seconds) } ?? "-",
        ]
    }
    return Terminal.table([header] + lines)
  }

  /// Mean and range over seeds of one figure, for each method in order.
  var spread: String? {
    let methods = rows.map(\.method).reduce(into: [String]()) { methods, method in
      if !methods.contains(method) { methods.append(method) }
    }
    guard rows.count > methods.count, let name = names.first else { return nil }
    let lines = methods.map { method in
      let values = rows.filter { $0.method == method }.compactMap { $0.figure(name) }
      let mean = values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
      return [method] + [mean, values.min(), values.max()].map { $0.map(number) ?? "-" }
        + ["\(values.count)"]
    }
    return Terminal.table([["method", "mean \(title(name))", "least", "most", "seeds"]] + lines)
  }

  /// A figure's name in words: `best_accuracy` is the best accuracy.
  private func title(_ name: String) -> String { name.replacing("_", with: " ") }

  private func number(_ value: Double) -> String {
    value != 0 && abs(value) < 0.1
      ? String(format: "%.4e", value) : String(format: "%.4f", value)
  }
}
