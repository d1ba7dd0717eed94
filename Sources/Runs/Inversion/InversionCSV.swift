/// The results of an inversion as comma-separated values; what is not known is an empty field.
enum InversionCSV {
  /// One line for each method and unknown.
  static func figures(
    _ answers: [(method: InversionMethodRecipe, answer: InversionAnswer)]
  ) -> String {
    let header =
      "method,unknown,alpha,fidelity,regulariser,gap,psnr,start_psnr,psnr_before_polish,rmse,polished,"
      + "iterations,stop\n"
    return answers.reduce(header) { text, entry in
      entry.answer.rows.enumerated().reduce(text) { text, row in
        let (number, row) = row
        let fields = [
          entry.method.name, "\(number + 1)", figure(row.alpha), figure(row.fidelity),
          figure(row.regulariser), figure(row.gap), figure(row.psnr), figure(row.startPSNR),
          figure(row.psnrBeforePolish), figure(row.rmse), row.isPolished ? "1" : "0",
          "\(row.iterations)", "\"\(row.stop)\"",
        ]
        return text + fields.joined(separator: ",") + "\n"
      }
    }
  }

  /// One line for each look at an objective.
  static func history(
    _ answers: [(method: InversionMethodRecipe, answer: InversionAnswer)]
  ) -> String {
    answers.reduce("method,iteration,objective,fidelity\n") { text, entry in
      entry.answer.history.reduce(text) {
        $0 + "\(entry.method.name),\($1.iteration),\(figure($1.objective)),\(figure($1.fidelity))\n"
      }
    }
  }

  private static func figure(_ value: Double?) -> String {
    value.map { $0.isFinite ? "\($0)" : "" } ?? ""
  }
}
