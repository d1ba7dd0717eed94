/// Metric and losses of all methods of a task against epochs, gradient evaluations and seconds: the
/// mean over seeds, and each seed in a thin line behind it.
struct ComparisonCurves {
  /// The task.
  let task: ComparisonContent.Task
  /// Tells the buttons of the tasks apart.
  let group: String
  /// The methods' lines.
  let marks: [String: MethodMark]

  /// The charts.
  var html: HTML {
    let legend = Legend(
      series: task.methods.compactMap { marks[$0.name]?.series($0.name, []) })
    let (methods, controls) = task.parts
    return AxisTabs(group: group, runs: task.runs, legend: legend.html) { axis in
      [metric(axis, of: methods, "")]
        + (controls.isEmpty ? [] : [metric(axis, of: controls, ", controls")]) + [
          Chart("Training loss", against: axis, curves(methods, axis) { $0.trainingLoss }).html,
          Chart("Validation loss", against: axis, curves(methods, axis) { $0.validationLoss }).html,
        ]
    }.html
  }

  private func metric(_ axis: Abscissa, of methods: [ComparedMethod], _ what: String) -> HTML {
    let chart = Chart(
      "Validation \(task.metric.name)\(what)", against: axis,
      curves(methods, axis) { $0.validationMetric },
      format: task.metric == .accuracy ? .percent : .number, isWide: true)
    return "<div class=\"full\">\(chart.html)</div>"
  }

  private func curves(
    _ methods: [ComparedMethod], _ axis: Abscissa, _ value: (HistoryRow) -> Double?
  ) -> [Series] {
    let each = methods.compactMap { method in
      marks[method.name].map { (method, $0, method.runs.map { $0.points(value, against: axis) }) }
    }
    let thin = each.flatMap { method, mark, curves in
      curves.count > 1 && task.parts.controls.isEmpty
        ? curves.map { mark.series(method.name, $0, isThin: true) } : []
    }
    return thin + each.map { method, mark, curves in mark.series(method.name, Self.mean(curves)) }
  }

  /// Mean over seeds, point by point, as far as every run goes that has any.
  static func mean(_ curves: [[Series.Point]]) -> [Series.Point] {
    let curves = curves.filter { !$0.isEmpty }
    let count = Double(curves.count)
    return (0..<(curves.map(\.count).min() ?? 0)).map { index in
      Series.Point(
        x: curves.map { $0[index].x }.reduce(0, +) / count,
        y: curves.map { $0[index].y }.reduce(0, +) / count)
    }
  }
}
