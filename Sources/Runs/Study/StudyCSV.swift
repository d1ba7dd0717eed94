import Foundation

/// The results of a study as comma-separated values, for papers and notebooks.
///
/// Numbers are in the shortest decimal form that reads back as the same `Double`; what was not measured
/// or is not finite is an empty field; texts with a comma are quoted.
enum StudyCSV {
  /// One line for each run: task, method, seed, all final figures, what it cost, why it ended.
  static func figures(_ outcomes: [StudyOutcome]) -> String {
    let parts: [(String, (Summary) -> [String: Double])] = [
      ("test", { $0.test }), ("validation", { $0.validation }), ("train", { $0.train }),
    ]
    let columns = parts.flatMap { part, figures in
      Set(outcomes.compactMap(\.summary).flatMap { figures($0).keys }).sorted().map { name in
        (name: "\(part)_\(name)", value: { (summary: Summary) in figures(summary)[name] })
      }
    }
    let header =
      ["task", "method", "seed"] + columns.map(\.name)
      + ["epochs", "gradient_evaluations", "seconds", "cpu_seconds", "peak_memory_bytes"]
      + ["ending", "problem"]
    let rows = outcomes.map { outcome in
      let summary = outcome.summary
      return [outcome.job.task, outcome.job.label, "\(outcome.job.recipe.seed)"]
        + columns.map { column in CSVText.number(summary.flatMap(column.value)) }
        + [
          summary.map { "\($0.epochs)" }, summary.map { "\($0.gradientEvaluations)" },
          CSVText.number(summary?.seconds), CSVText.number(outcome.run.cpuSeconds),
          summary.map { "\($0.peakMemoryBytes)" }, outcome.ending,
          outcome.failure,
        ].map { $0 ?? "" }
    }
    return CSVText.lines([header] + rows)
  }

  /// One line for each run and row of its history, with its place on all three axes.
  static func curves(_ outcomes: [StudyOutcome]) -> String {
    let header = [
      "task", "method", "seed", "epoch", "step", "gradient_evaluations", "seconds",
      "training_loss", "validation_loss", "validation_metric",
    ]
    let rows = outcomes.flatMap { outcome in
      zip(outcome.run.history, outcome.run.seconds).map { row, seconds in
        [
          outcome.job.task, outcome.job.label, "\(outcome.job.recipe.seed)", "\(row.epoch)",
          "\(row.step)", "\(row.gradientEvaluations)", CSVText.number(seconds),
          CSVText.number(row.trainingLoss),
          CSVText.number(row.validationLoss), CSVText.number(row.validationMetric),
        ]
      }
    }
    return CSVText.lines([header] + rows)
  }
}
