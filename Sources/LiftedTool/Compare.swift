import ArgumentParser
import Foundation
import Interchange
import Lifted
import Runs
import Tensors

/// `lifted compare`.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train by several methods, and set them side by side on one page.",
    discussion: """
      Runs that are finished already are not run again, interrupted ones go on: the command can be \
      repeated until it is done.
      """)

  @Argument(help: "Recipe files or names of built-in recipes.")
  var recipes: [String]

  @Option(
    parsing: .upToNextOption, help: "Which methods; all of the recipes' methods if left out.")
  var methods: [String] = []

  @Option(parsing: .upToNextOption, help: "Seeds, instead of the recipe's own.")
  var seeds: [UInt64] = []

  @Option(help: "The folder of the comparison; by default runs/RECIPE-comparison.")
  var folder: String?

  @OptionGroup var settings: RecipeOptions
  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let recipes = try self.recipes.map { try settings.recipe($0) }
    let parent = URL(
      fileURLWithPath: folder ?? "runs/\(recipes.map(\.name).joined(separator: "-"))-comparison")
    let pool = compute.pool
    let jobs = try self.jobs(recipes)
    Interruption.listen()
    var done: [(folder: RunFolder, experiment: Experiment, name: String)] = []
    for (recipe, seed) in jobs.map({ ($0.recipe, $0.seed) }).unique {
      let data = try DataSets(recipe, seed: seed)
      for job in jobs where job.recipe == recipe && job.seed == seed {
        let experiment = try Experiment(
          recipe.choosing(job.method, seed: seed), method: job.method, data: data, on: pool)
        let name = self.name(of: job, among: jobs)
        let folder = try complete(experiment, in: parent.appendingPathComponent(name), pool)
        done.append((folder, experiment, name))
      }
    }
    try conclude(done, recipes, parent, pool)
  }

  private struct Job {
    let recipe: Recipe
    let method: MethodRecipe
    let seed: UInt64
  }

  private func jobs(_ recipes: [Recipe]) throws -> [Job] {
    let jobs = recipes.flatMap { recipe in
      (seeds.isEmpty ? [recipe.seed] : seeds).flatMap { seed in
        recipe.methods.filter { methods.isEmpty || methods.contains($0.name) }.map {
          Job(recipe: recipe, method: $0, seed: seed)
        }
      }
    }
    let known = Set(recipes.flatMap(\.methods).map(\.name))
    if let unknown = methods.first(where: { !known.contains($0) }) {
      throw ToolError(
        "no recipe has a method '\(unknown)'; one of: \(known.sorted().joined(separator: ", "))")
    }
    return jobs
  }

  /// As short as it can be while telling the runs apart.
  private func name(of job: Job, among jobs: [Job]) -> String {
    let recipe = Set(jobs.map(\.recipe.name)).count > 1 ? "\(job.recipe.name)-" : ""
    return recipe + job.method.name + (Set(jobs.map(\.seed)).count > 1 ? "-s\(job.seed)" : "")
  }

  /// Runs one experiment, or goes on with it, or finds it done.
  private func complete(
    _ experiment: Experiment, in url: URL, _ pool: WorkerPool
  ) throws -> RunFolder {
    let name = url.lastPathComponent
    var run: TrainingRun
    if FileManager.default.fileExists(atPath: url.path) {
      let folder = try RunFolder.open(url)
      guard try Recipe(named: folder.recipe.relativePath) == experiment.recipe else {
        throw ToolError(
          "\(url.relativePath) holds a run of another recipe; choose another --folder or remove it")
      }
      if FileManager.default.fileExists(atPath: folder.summary.path) {
        if !compute.quiet { Terminal.complain("\(name): done before") }
        return folder
      }
      run = try TrainingRun(experiment, resuming: folder, on: pool)
    } else {
      run = try TrainingRun(experiment, startingIn: try RunFolder.create(at: url), on: pool)
    }
    if !compute.quiet { Terminal.complain("\(name): \(experiment.method.summary)") }
    var display = Terminal.progress(quiet: compute.quiet)
    if try run.run(display: &display, isInterrupted: { Interruption.isRequested }) == .interrupted {
      Terminal.complain("interrupted; repeat the command to go on")
      throw ExitCode(Interruption.exitStatus)
    }
    return run.folder
  }

  private func conclude(
    _ done: [(folder: RunFolder, experiment: Experiment, name: String)], _ recipes: [Recipe],
    _ parent: URL, _ pool: WorkerPool
  ) throws {
    let table = try FigureTable(done.map(\.folder))
    print(table.text)
    if let spread = table.spread { print("\n" + spread) }
    let report = parent.appendingPathComponent("report.html")
    let arguments = CommandLine.arguments.dropFirst().joined(separator: " ")
    try AtomicFile.write(
      Data(table.csv.utf8), to: parent.appendingPathComponent("comparison.csv"))
    try RunReport.writeComparison(
      done, title: recipes.map(\.name).joined(separator: ", "), command: "lifted \(arguments)",
      to: report, on: pool)
    print("report: \(report.relativePath)")
  }
}

extension [(Recipe, UInt64)] {
  /// Without repetitions, in order.
  fileprivate var unique: Self {
    reduce(into: []) { kept, item in
      if !kept.contains(where: { $0.0 == item.0 && $0.1 == item.1 }) { kept.append(item) }
    }
  }
}
