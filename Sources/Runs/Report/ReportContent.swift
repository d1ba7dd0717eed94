/// Everything a report on one run says.
public struct ReportContent: Sendable {
  /// Title of the page.
  public var title: String
  /// The opening paragraph; nil for one made from the figures.
  public var abstract: String?
  /// The run.
  public var run: ReportRun
  /// Sentences on what a reader must know to judge the figures, for example what a method costs.
  public var notes: [String]
  /// The command that re-creates the run.
  public var command: String

  /// What a report says, part by part.
  public init(
    title: String, abstract: String? = nil, run: ReportRun, notes: [String] = [], command: String
  ) {
    self.title = title
    self.abstract = abstract
    self.run = run
    self.notes = notes
    self.command = command
  }
}
