/// Everything a page on several runs says.
struct ComparisonContent: Sendable {
  /// A task, with the runs of every method on it.
  struct Task: Sendable {
    /// Its name.
    var name: String
    /// A sentence on what it shows.
    var about: String?
    /// The methods, in the order of tables and legends.
    var methods: [ComparedMethod]
    /// The resolved recipe.
    var recipeText: String

    var runs: [ReportRun] { methods.flatMap(\.runs) }
    var metric: MetricKind { runs.first?.metric ?? .accuracy }

    /// All methods; or, where they are more than can be told apart in one place, the controls by
    /// themselves.
    var parts: (methods: [ComparedMethod], controls: [ComparedMethod]) {
      guard methods.count > Self.mostTogether else { return (methods, []) }
      return (methods.filter { $0.control == nil }, methods.filter { $0.control != nil })
    }

    private static let mostTogether = 12
  }

  /// Title of the page.
  var title: String
  /// A sentence on what it shows.
  var about: String?
  /// What every run might use, in words.
  var budget: String?
  /// The tasks.
  var tasks: [Task]
  /// The study file, if there is one.
  var studyText: String?
  /// Sentences on what a reader must know to judge the figures.
  var notes: [String]
  /// The command that re-creates the runs.
  var command: String

  /// One line, the same in all tasks, for each method.
  var marks: [String: MethodMark] { MethodMark.marks(of: tasks.flatMap(\.methods)) }
}

/// A method on a task: one run for each seed.
struct ComparedMethod: Sendable {
  /// Its name.
  var name: String
  /// The method that this one is a control of; shown in its colour.
  var origin: String?
  /// Which control it is.
  var control: StudyControl?
  /// One run for each seed.
  var runs: [ReportRun]

  /// Runs that have ended well.
  var sound: [ReportRun] { runs.filter { $0.failure == nil && $0.summary != nil } }
}
