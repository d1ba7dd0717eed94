import Foundation
import Interchange
import Lifted
import Tensors

/// The runs of a study, done one after the other in one folder.
///
/// Runs that have ended are not run again, interrupted ones go on, half-made ones are made anew: a
/// session can be repeated until it is done. A run that diverges or whose solver gives up is an outcome
/// like any other, and is not run again unless asked.
public struct StudySession {
  /// What a session tells while it goes on.
  public struct Observer {
    let display: () -> ProgressDisplay
    let isInterrupted: () -> Bool
    let say: (String) -> Void

    /// - Parameters:
    ///   - display: makes the progress display of one run.
    ///   - isInterrupted: asked after every step.
    ///   - say: takes one line for each run.
    public init(
      display: @escaping () -> ProgressDisplay, isInterrupted: @escaping () -> Bool,
      say: @escaping (String) -> Void
    ) {
      (self.display, self.isInterrupted, self.say) = (display, isInterrupted, say)
    }
  }

  private let study: Study
  private let folder: URL
  private let pool: WorkerPool
  private let retriesFailures: Bool

  /// A session of a study in a folder, which need not exist yet.
  /// - Parameters:
  ///   - study: what to run.
  ///   - folder: where; each run gets a folder in it.
  ///   - pool: the threads to work with.
  ///   - retriesFailures: whether runs that diverged or broke off are removed and run again.
  public init(
    _ study: Study, in folder: URL, on pool: WorkerPool, retriesFailures: Bool = false
  ) {
    (self.study, self.folder, self.pool) = (study, folder, pool)
    self.retriesFailures = retriesFailures
  }

  /// Builds everything that the study trains, with the first seed of each task, and trains nothing.
  /// - Returns: the experiments, one for each task and method.
  /// - Throws: ``RecipeError`` for what cannot be built.
  @discardableResult
  public func check(
    _ body: (Experiment) -> Void = { _ in }
  ) throws(RecipeError) -> Int {
    var data: (task: String, sets: DataSets)?
    var checked: Set<String> = []
    for job in study.jobs where checked.insert("\(job.task)/\(job.method.name)").inserted {
      if data?.task != job.task {
        data = (job.task, try DataSets(job.recipe))
      }
      body(try Experiment(job.recipe, method: job.method, data: data?.sets, on: pool))
    }
    return checked.count
  }

  /// Runs what is not done yet.
  /// - Returns: the results; nil if interrupted.
  /// - Throws: an error of one line if data, a file or a folder is at fault.
  public func run(_ observer: Observer) throws -> StudyResults? {
    for folder in try study.jobs.compactMap(begun) where try retriesFailures && folder.hasFailed() {
      try folder.remove()
    }
    var outcomes: [StudyOutcome] = []
    var data: (task: String, seed: UInt64, sets: DataSets)?
    for job in study.jobs {
      let cpuStart = Machine.cpuSeconds()
      if data?.task != job.task || data?.seed != job.recipe.seed {
        let sets = try DataSets(job.recipe)
        data = (job.task, job.recipe.seed, sets)
      }
      guard let outcome = try outcome(of: job, data?.sets, since: cpuStart, observer) else {
        return nil
      }
      outcomes.append(outcome)
    }
    return StudyResults(outcomes, of: study)
  }

  /// One run to its end; nil if interrupted.
  private func outcome(
    of job: StudyJob, _ data: DataSets?, since cpuStart: Double, _ observer: Observer
  ) throws -> StudyOutcome? {
    if let failure = try failure(of: job) {
      observer.say("\(job.name): failed before: \(failure.problem)")
      return StudyOutcome(job, failure, in: url(of: job))
    }
    do {
      let experiment = try experiment(job, data, since: cpuStart)
      if let folder = try begun(job), folder.hasSummary {
        let outcome = try shown(job, folder, experiment)
        let failure = outcome.failure.map { "failed before: \($0)" }
        observer.say("\(job.name): \(failure ?? "done before")")
        return outcome
      }
      observer.say("\(job.name): \(job.method.summary)")
      var run = try started(experiment, at: url(of: job), since: cpuStart)
      var display = observer.display()
      let reason = try run.run(display: &display, isInterrupted: observer.isInterrupted)
      return reason == .interrupted ? nil : try shown(job, run.folder, experiment)
    } catch let problem as SolverError {
      guard let failure = try failure(of: job) else { throw problem }
      observer.say("\(job.name): failed: \(problem)")
      return StudyOutcome(job, failure, in: url(of: job))
    }
  }

  /// What cannot be built with this seed, though it can with the first, is a failure of the method.
  private func experiment(
    _ job: StudyJob, _ data: DataSets?, since cpuStart: Double
  ) throws -> Experiment {
    do {
      return try Experiment(job.recipe, method: job.method, data: data, on: pool)
    } catch {
      let folder = try begun(job) ?? RunFolder.create(at: url(of: job))
      try AtomicFile.write(Data(try job.recipe.yaml.utf8), to: folder.recipe)
      try RunFailure(error.problem, cpuSeconds: Machine.cpuSeconds() - cpuStart).write(to: folder)
      throw SolverError.unsuitable(error.problem)
    }
  }

  private func url(of job: StudyJob) -> URL { folder.appendingPathComponent(job.name) }

  /// Why the run broke off, if it did.
  private func failure(of job: StudyJob) throws -> RunFailure? {
    try begun(job).flatMap { folder in try RunFailure(reading: folder) }
  }

  /// The folder of the run if there is one.
  /// - Throws: ``RecipeError`` if the folder holds the run of another recipe.
  private func begun(_ job: StudyJob) throws -> RunFolder? {
    guard let folder = try? RunFolder.open(url(of: job)) else { return nil }
    guard try Recipe(named: folder.recipe.relativePath) == job.recipe else {
      throw RecipeError(
        source: folder.path,
        problem: "holds a run of another recipe; choose another --folder or remove it")
    }
    return folder
  }

  /// The run gone on with, or begun.
  private func started(
    _ experiment: Experiment, at url: URL, since cpuStart: Double
  ) throws -> TrainingRun {
    if let folder = try? RunFolder.open(url), !folder.isHalfMade {
      return try TrainingRun(experiment, resuming: folder, on: pool, since: cpuStart)
    }
    return try TrainingRun(
      experiment, startingIn: try RunFolder.create(at: url), on: pool, since: cpuStart)
  }

  /// A run that has ended; pictures are shown of the first seed alone.
  private func shown(
    _ job: StudyJob, _ folder: RunFolder, _ experiment: Experiment
  ) throws -> StudyOutcome {
    let first = study.jobs.first { $0.task == job.task && $0.method == job.method }
    let run = try RunReport.run(
      folder, experiment, name: job.name, withPictures: first?.recipe.seed == job.recipe.seed,
      on: pool)
    return StudyOutcome(job, run)
  }
}
