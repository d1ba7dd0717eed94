/// Everything a report says: one run, or several side by side.
public struct ReportContent: Sendable {
  /// Title of the page.
  public var title: String
  /// The opening paragraph; nil for one made from the figures.
  public var abstract: String?
  /// The runs, in the order of tables and legends.
  public var runs: [ReportRun]
  /// Sentences on what a reader must know to judge the figures, for example what a method costs.
  public var notes: [String]
  /// The command that re-creates the runs.
  public var command: String

  /// What a report says, part by part.
  public init(
    title: String, abstract: String? = nil, runs: [ReportRun], notes: [String] = [],
    command: String
  ) {
    self.title = title
    self.abstract = abstract
    self.runs = runs
    self.notes = notes
    self.command = command
  }
}
