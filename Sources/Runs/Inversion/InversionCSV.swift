/// The results of an inversion as comma-separated values, as ``CSVText`` writes them.
enum InversionCSV {
  typealias Entry = (method: InversionMethodRecipe, answer: InversionAnswer)

  /// One line for each method and unknown.
  static func figures(_ answers: [Entry]) -> String {
    let header = [
      "method", "unknown", "alpha", "fidelity", "regulariser", "gap", "psnr", "start_psnr",
      "psnr_before_polish", "rmse", "polished", "iterations", "stop",
    ]
    let rows = answers.flatMap { method, answer in
      answer.rows.enumerated().map { number, row in
        [method.name, "\(number + 1)"]
          + [
            row.alpha, row.fidelity, row.regulariser, row.gap, row.psnr, row.startPSNR,
            row.psnrBeforePolish, row.rmse,
          ].map(CSVText.number)
          + [row.isPolished ? "1" : "0", row.iterations.map { "\($0)" } ?? "", row.stop]
      }
    }
    return CSVText.lines([header] + rows)
  }

  /// One line for each look at an objective.
  static func history(_ answers: [Entry]) -> String {
    let rows = answers.flatMap { method, answer in
      answer.history.map { look in
        [
          method.name, "\(look.iteration)", CSVText.number(look.objective),
          CSVText.number(look.fidelity),
        ]
      }
    }
    return CSVText.lines([["method", "iteration", "objective", "fidelity"]] + rows)
  }
}
