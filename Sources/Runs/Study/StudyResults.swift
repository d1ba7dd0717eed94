import Foundation
import Interchange
import Lifted
import Tensors

/// What came out of a study, as one page and two tables.
public struct StudyResults: Sendable {
  /// In the order of the study's jobs.
  public let outcomes: [StudyOutcome]
  private let title: String
  private let about: String?
  private let budget: StudyBudget?
  private let text: String?
  private let recipes: [Recipe]
  private let remarks: [String]

  init(_ outcomes: [StudyOutcome], of study: Study) {
    self.outcomes = outcomes
    title = study.text == nil ? study.tasks.map(\.name).joined(separator: ", ") : study.name
    (about, budget, text, recipes) = (study.about, study.budget, study.text, study.tasks)
    remarks = study.remarks
  }

  /// Runs that were made one by one.
  ///
  /// Runs of one recipe by one method are its seeds; where that does not tell them apart, each stands
  /// for itself under the name of its folder.
  /// - Throws: an error of one line if a folder is no run or damaged.
  public init(reading folders: [RunFolder], on pool: WorkerPool) throws {
    let recipes = try folders.map { try Recipe(named: $0.recipe.relativePath) }
    let areSeeds = Self.areSeeds(recipes)
    outcomes = try zip(folders, recipes).map { folder, recipe in
      let name = folder.url.lastPathComponent
      let job = StudyJob(name: name, recipe: recipe, label: areSeeds ? nil : name)
      let experiment = try Experiment(recipe, method: job.method, on: pool)
      return StudyOutcome(job, try RunReport.run(folder, experiment, name: name, on: pool))
    }
    (title, about, budget, text, self.recipes) = ("Comparison", nil, nil, nil, [])
    remarks = []
  }

  /// Whether recipes of one name differ in method and seed alone, and no two are the same.
  private static func areSeeds(_ recipes: [Recipe]) -> Bool {
    recipes.enumerated().allSatisfy { index, recipe in
      recipes[..<index].allSatisfy { other in
        other.name != recipe.name
          || other.choosing(recipe.methods[0], seed: recipe.seed) == recipe
            && (other.methods[0].name != recipe.methods[0].name
              || other.methods == recipe.methods && other.seed != recipe.seed)
      }
    }
  }

  /// Runs that went wrong.
  public var failures: [StudyOutcome] { outcomes.filter { $0.failure != nil } }

  /// The CPU time in words: `CPU time: 12.3 s in 21 runs; this command: 12.9 s`.
  /// - Parameter seconds: what this process has used.
  public func cost(command seconds: Double) -> String {
    let known = outcomes.compactMap(\.run.cpuSeconds)
    let runs =
      known.count < outcomes.count ? "\(known.count) of \(outcomes.count)" : "\(known.count)"
    return "CPU time: \(FigureText.duration(known.reduce(0, +))) in \(runs) runs; "
      + "this command: \(FigureText.duration(seconds))"
  }

  /// The tasks in order, each with its outcomes.
  public var tasks: [(name: String, outcomes: [StudyOutcome])] {
    outcomes.map(\.job.task).unique.map { name in
      (name, outcomes.filter { $0.job.task == name })
    }
  }

  /// Writes `comparison.csv`, one line for each run, `curves.csv`, one for each run and epoch, and
  /// `report.html`.
  /// - Throws: an error of one line if a file cannot be written.
  public func write(to folder: URL, command: String) throws {
    try AtomicFile.write(
      Data(StudyCSV.figures(outcomes).utf8), to: folder.appendingPathComponent("comparison.csv"))
    try AtomicFile.write(
      Data(StudyCSV.curves(outcomes).utf8), to: folder.appendingPathComponent("curves.csv"))
    try writePage(to: folder.appendingPathComponent("report.html"), command: command)
  }

  /// Writes the page alone.
  /// - Throws: an error of one line if it cannot be written.
  public func writePage(to url: URL, command: String) throws {
    try Comparison(content: content(command)).write(to: url)
  }

  private func controlNotes(_ tasks: [ComparisonContent.Task]) -> [String] {
    guard tasks.contains(where: { $0.methods.contains { $0.origin != nil } }) else { return [] }
    return [
      "Controls have the colour of the method they belong to. A name that ends in "
        + "\(StudyControl.backPropagatedErrors.suffix) is the same updates with back-propagated "
        + "errors, one in \(StudyControl.frozenHiddenLayers.suffix) the same method training the "
        + "last layer alone: what they gain as well is not the signal's gain."
    ] + remarks.map { $0 + "." }
  }

  /// What is to be known of CPU time, and of schedules that seconds cut off.
  private var costNotes: [String] {
    let cpu =
      outcomes.contains { $0.run.cpuSeconds != nil }
      ? [
        "CPU time is user and system seconds of all threads, from reading the data to the final "
          + "figures, summed over interruptions; pages and pictures are left out."
      ] : []
    let cut = outcomes.filter { outcome in
      outcome.ending == StopReason.maximumSeconds.rawValue
        && outcome.job.recipe.training.schedule != .constant
    }
    guard !cut.isEmpty else { return cpu }
    let names = cut.map { "\($0.job.task) \($0.job.label)" }.unique.joined(separator: ", ")
    return cpu + [
      "Step sizes follow their schedules by epochs or gradient evaluations, for seconds cannot be "
        + "foreseen. These ended by seconds, before their schedules: \(names)."
    ]
  }

  func content(_ command: String) throws -> ComparisonContent {
    let tasks = try self.tasks.map { name, outcomes in
      let labels = outcomes.map(\.job.label).unique
      let methods = labels.map { label in
        let runs = outcomes.filter { $0.job.label == label }.map(\.run)
        let (origin, control) = StudyControl.origin(of: label)
        guard let control, labels.contains(origin) else {
          return ComparedMethod(name: label, runs: runs)
        }
        return ComparedMethod(name: label, origin: origin, control: control, runs: runs)
      }
      let recipe = recipes.first { $0.name == name }
      return ComparisonContent.Task(
        name: name, about: recipe?.about ?? outcomes.first?.job.recipe.about, methods: methods,
        recipeText: try recipe?.yaml ?? outcomes.map(\.run.recipeText).joined(separator: "\n"))
    }
    return ComparisonContent(
      title: title, about: about, budget: budget?.summary, tasks: tasks, studyText: text,
      notes: RunReport.notes(outcomes.map(\.job.method)) + controlNotes(tasks) + costNotes,
      command: command)
  }
}

extension [String] {
  /// Without repetitions, in order.
  fileprivate var unique: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
