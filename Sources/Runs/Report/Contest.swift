/// Who does best by one figure of the history at equal cost.
///
/// The limit is what half of the methods have used, controls aside: the lower median of the ends of their
/// shortest runs. Each run counts with its last row within it, one that ended before with its end.
struct Contest {
  /// A figure of the history.
  enum Figure: CaseIterable {
    case validationMetric, validationLoss, trainingLoss

    func value(_ row: HistoryRow) -> Double? {
      switch self {
      case .validationMetric: row.validationMetric
      case .validationLoss: row.validationLoss
      case .trainingLoss: row.trainingLoss
      }
    }
  }

  /// A method's figure over seeds.
  struct Standing: Equatable {
    let method: String
    let spread: Spread
  }

  /// Every method with its figure, best mean first.
  let standings: [Standing]

  /// Ranks given figures.
  init(_ values: [(method: String, values: [Double])], _ order: FigureOrder) {
    standings = values.compactMap { method, values in
      Spread(values).map { Standing(method: method, spread: $0) }
    }
    .sorted { order.isBetter($0.spread.mean, than: $1.spread.mean) }
  }

  /// Ranks a figure of the history within a limit; a method of which one run has no row within it, or
  /// failed, is left out.
  init(of figure: Figure, _ methods: [ComparedMethod], against axis: Abscissa, _ order: FigureOrder)
  {
    let limit = Self.limit(methods, against: axis) ?? .nan
    let values = methods.filter { $0.sound.count == $0.runs.count }.map { method in
      let last = method.runs.map { run in
        run.history.indices.last { axis.value(run, $0) <= limit }
          .flatMap { figure.value(run.history[$0]) }
      }
      return (method: method.name, values: last.map { $0 ?? .nan })
    }
    self.init(values, order)
  }

  /// What half of the methods have used on an axis; nil if no run has ended well.
  static func limit(_ methods: [ComparedMethod], against axis: Abscissa) -> Double? {
    let ends = methods.filter { $0.control == nil }.compactMap { method in
      method.sound.compactMap { run in
        run.history.indices.last.map { axis.value(run, $0) }
      }
      .filter(\.isFinite).min()
    }
    return ends.isEmpty ? nil : ends.sorted()[(ends.count - 1) / 2]
  }

  /// The best method and all whose range over seeds overlaps with its range.
  var leaders: [Standing] {
    guard let best = standings.first else { return [] }
    return standings.filter { $0.spread.overlaps(best.spread) }
  }
}
