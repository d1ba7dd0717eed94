import Foundation
import Lifted
import Tensors

/// Reports on run folders.
public enum RunReport {
  /// Writes `report.html` of one run.
  /// - Parameters:
  ///   - folder: the run's folder.
  ///   - pool: the threads to work with.
  ///   - experiment: the run's experiment, if it is at hand; else it is made from the recipe.
  /// - Throws: an error of one line if the folder is no run or damaged.
  public static func write(
    for folder: RunFolder, on pool: WorkerPool, experiment: Experiment? = nil
  ) throws {
    let experiment = try experiment ?? self.experiment(of: folder, on: pool)
    let run = try self.run(folder, experiment, name: experiment.method.name, on: pool)
    let recipe = experiment.recipe
    try Report(
      ReportContent(
        title: "\(recipe.name): \(experiment.method.name)", run: run,
        notes: notes([experiment.method]), command: "lifted train \(folder.recipe.relativePath)")
    ).write(to: folder.report)
  }

  /// The experiment of a run folder, from its recipe, with so much of its samples.
  /// - Throws: ``RecipeError``.
  public static func experiment(
    of folder: RunFolder, share: SampleShare = .all, on pool: WorkerPool
  ) throws(RecipeError) -> Experiment {
    let recipe = try Recipe(named: folder.recipe.relativePath)
    return try Experiment(recipe, method: recipe.methods[0], share: share, on: pool)
  }

  /// A run folder as a report shows it.
  static func run(
    _ folder: RunFolder, _ experiment: Experiment, name: String, withPictures: Bool = true,
    on pool: WorkerPool
  ) throws -> ReportRun {
    let hasWeights =
      withPictures && FileManager.default.fileExists(atPath: folder.lastWeights.path)
    let theta =
      hasWeights ? try? WeightFile.read(from: folder.lastWeights, for: experiment.network) : nil
    let grids = try theta.map { [try PictureGrid(experiment, $0, on: pool).grid] } ?? []
    return try ReportRun(
      reading: folder, name: name, metric: experiment.metric, layerNames: experiment.layerNames,
      imageGrids: grids)
  }

  /// What a reader must know to judge the figures of methods.
  static func notes(_ methods: [MethodRecipe]) -> [String] {
    var seen: Set<String> = []
    var notes = methods.filter { seen.insert($0.name).inserted }.map {
      "\($0.name): \($0.summary)."
    }
    if let most = methods.map(\.kind.rounds).max(), most > 1 {
      notes.append(
        "Inner rounds are not free: each of the \(most) rounds sweeps all variables and all weights, so "
          + "a step costs about as many times a one-sweep step; compare against gradient evaluations "
          + "and seconds, not epochs.")
    }
    notes.append(
      "One gradient evaluation is the energy's gradient in every free block on one minibatch. Seconds "
        + "are those of training steps; validation and files are left out.")
    notes.append(
      "Per-layer penalties and gaps come from one mirror sweep on the same probe batch at the present "
        + "nudge, whatever the method.")
    notes.append(
      "The best weights are those that validate best; test samples are looked at once, at the end.")
    return notes
  }
}
