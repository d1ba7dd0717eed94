/// A history as comma-separated values: a header, then one line for each row.
///
/// Numbers are in the shortest decimal form that reads back as the same `Double`; not-a-number and
/// infinities are `nan`, `inf`, `-inf`; a value that was not measured is an empty field. Layer `l`
/// (from 1) has the columns `penalty_l`, `gap_l`, `active_l`. NumPy and pandas read it as it is.
enum HistoryCSV {
  private static let common = [
    "epoch", "step", "gradient_evaluations", "training_loss", "validation_loss",
    "validation_metric", "nudge", "step_factor", "objective", "stationarity",
    "gradient_cosine",
  ]

  /// The header line for a network of so many layers, without line end.
  static func header(layers: Int) -> String {
    let perLayer = (0..<layers).flatMap { layer in
      ["penalty", "gap", "active"].map { "\($0)_\(layer + 1)" }
    }
    return (common + perLayer).joined(separator: ",")
  }

  /// One row, without line end.
  static func line(_ row: HistoryRow) -> String {
    var fields = [row.epoch, row.step, row.gradientEvaluations].map(\.description)
    fields.append(row.trainingLoss.description)
    fields.append(row.validationLoss?.description ?? "")
    fields.append(row.validationMetric?.description ?? "")
    fields += [row.nudge.description, row.stepFactor.description]
    fields += [row.objective, row.stationarity, row.gradientCosine].map { $0?.description ?? "" }
    for layer in row.layers {
      fields += [layer.penalty, layer.consistencyGap, layer.activeFraction].map(\.description)
    }
    return fields.joined(separator: ",")
  }

  /// Reads a whole file back.
  static func rows(from file: LineFile) throws(HistoryError) -> [HistoryRow] {
    try file.requireFinished()
    guard let first = file.lines.first else { return [] }
    let columns = first.utf8.count { $0 == UInt8(ascii: ",") } + 1
    let layers = max(0, columns - common.count) / 3
    guard first == header(layers: layers) else {
      throw file.damage(at: 0, "this is not the header of a history")
    }
    var rows: [HistoryRow] = []
    for index in file.lines.indices.dropFirst() {
      var fields = try FieldReader(line: index, of: file, columns: columns)
      rows.append(try row(from: &fields, layers: layers))
    }
    return rows
  }

  private static func row(
    from fields: inout FieldReader, layers: Int
  ) throws(HistoryError) -> HistoryRow {
    var row = HistoryRow(
      epoch: try fields.count("epoch"), step: try fields.count("step"),
      gradientEvaluations: try fields.count("gradient_evaluations"),
      trainingLoss: try fields.number("training_loss"),
      validationLoss: try fields.optionalNumber("validation_loss"),
      validationMetric: try fields.optionalNumber("validation_metric"),
      nudge: try fields.number("nudge"), stepFactor: try fields.number("step_factor"),
      objective: try fields.optionalNumber("objective"),
      stationarity: try fields.optionalNumber("stationarity"),
      gradientCosine: try fields.optionalNumber("gradient_cosine"))
    for layer in 0..<layers {
      row.layers.append(
        LayerRecord(
          penalty: try fields.number("penalty_\(layer + 1)"),
          consistencyGap: try fields.number("gap_\(layer + 1)"),
          activeFraction: try fields.number("active_\(layer + 1)")))
    }
    return row
  }
}
