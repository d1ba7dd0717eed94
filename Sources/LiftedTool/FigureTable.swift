import Foundation
import Runs

/// Final figures of runs, one row for each.
struct FigureTable {
  let summaries: [Summary]

  init(_ folders: [RunFolder]) throws {
    summaries = try folders.map { try Summary(reading: $0) }
  }

  /// Names of the test figures that occur, loss last.
  private var names: [String] {
    let all = Set(summaries.flatMap(\.test.keys))
    return all.sorted { ($0 == "loss" ? 1 : 0, $0) < ($1 == "loss" ? 1 : 0, $1) }
  }

  var text: String {
    let header = ["method", "seed"] + names.map { "test \(title($0))" } + ["gradients", "seconds"]
    let rows = summaries.map { summary in
      [summary.method, "\(summary.seed)"]
        + names.map { name in summary.test[name].map { number($0) } ?? "-" }
        + ["\(summary.gradientEvaluations)", String(format: "%.1f", summary.seconds)]
    }
    return Terminal.table([header] + rows)
  }

  /// The same as comma-separated values.
  var csv: String {
    let header =
      ["method", "seed"] + names.map { "test_\($0)" } + ["gradient_evaluations", "seconds"]
    let rows = summaries.map { summary in
      [summary.method, "\(summary.seed)"] + names.map { summary.test[$0].map { "\($0)" } ?? "" }
        + ["\(summary.gradientEvaluations)", "\(summary.seconds)"]
    }
    return ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// Mean and range over seeds of one figure, for each method in order.
  var spread: String? {
    let methods = summaries.map(\.method).reduce(into: [String]()) { methods, method in
      if !methods.contains(method) { methods.append(method) }
    }
    guard summaries.count > methods.count, let name = names.first else { return nil }
    let rows = methods.map { method in
      let values = summaries.filter { $0.method == method }.compactMap { $0.test[name] }
      let mean = values.reduce(0, +) / Double(max(values.count, 1))
      return [
        method, number(mean), number(values.min() ?? .nan), number(values.max() ?? .nan),
        "\(values.count)",
      ]
    }
    return Terminal.table([["method", "mean \(title(name))", "least", "most", "seeds"]] + rows)
  }

  /// A figure's name in words: `best_accuracy` is the best accuracy.
  private func title(_ name: String) -> String { name.replacing("_", with: " ") }

  private func number(_ value: Double) -> String {
    value != 0 && abs(value) < 0.1
      ? String(format: "%.4e", value) : String(format: "%.4f", value)
  }
}
