import ArgumentParser
import Foundation
import Runs

/// `lifted compare`.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train by several methods, and set them side by side on one page.",
    discussion: """
      Takes a study file, or recipes, which are a study made on the fly. Runs that are finished \
      already, or have failed, are not run again, interrupted ones go on: the command can be repeated \
      until it is done.
      """)

  @Argument(help: "A study file; or recipe files or names of built-in recipes.")
  var recipes: [String]

  @Option(
    parsing: .upToNextOption, help: "Which methods; all of the recipes' methods if left out.")
  var methods: [String] = []

  @Option(parsing: .upToNextOption, help: "Seeds, instead of the study's or the recipe's own.")
  var seeds: [UInt64] = []

  @Option(
    help: "The folder of the comparison; by default runs/STUDY, or runs/RECIPE-comparison.")
  var folder: String?

  @Flag(help: "Run again, from the start, what failed before.")
  var retry = false

  @OptionGroup var settings: RecipeOptions
  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let study = try settings.study(recipes).choosing(methods: methods, seeds: seeds)
    let name = study.text == nil ? "\(study.name)-comparison" : study.name
    let parent = URL(fileURLWithPath: folder ?? "runs/\(name)")
    let session = StudySession(study, in: parent, on: compute.pool, retriesFailures: retry)
    Interruption.listen()
    try session.check()
    guard let results = try session.run(observer) else {
      Terminal.complain("interrupted; repeat the command to go on")
      throw ExitCode(Interruption.exitStatus())
    }
    let arguments = CommandLine.arguments.dropFirst().joined(separator: " ")
    try results.write(to: parent, command: "lifted \(arguments)")
    print(Self.text(of: results))
    print(results.cost(command: Machine.cpuSeconds()))
    print("report: \(parent.appendingPathComponent("report.html").relativePath)")
    if !results.failures.isEmpty { throw ExitCode(2) }
  }

  private var observer: StudySession.Observer {
    let isQuiet = compute.quiet
    return StudySession.Observer(
      display: { Terminal.progress(quiet: isQuiet) },
      isInterrupted: { Interruption.isRequested },
      say: { if !isQuiet { Terminal.complain($0) } })
  }

  /// The tables, task by task, and what failed.
  private static func text(of results: StudyResults) -> String {
    let tasks = results.tasks.map { name, outcomes in
      let table = FigureTable(outcomes)
      let title = results.tasks.count > 1 ? "\(name)\n" : ""
      return title + table.text + (table.spread.map { "\n\n" + $0 } ?? "")
    }
    let failures = results.failures.map { "\($0.job.name) failed: \($0.failure ?? "")" }
    return (tasks + (failures.isEmpty ? [] : [failures.joined(separator: "\n")]))
      .joined(separator: "\n\n")
  }
}

extension RecipeOptions {
  /// A study file with the settings laid over it, or the study that recipes make.
  func study(_ names: [String]) throws -> Study {
    for name in names where try Study.isStudy(name) {
      guard names.count == 1 else {
        throw ToolError("\(name): a study is compared by itself; leave out the others")
      }
      return try Study(reading: name, settings: settings)
    }
    return try Study(comparing: names.map { try recipe($0) })
  }
}
