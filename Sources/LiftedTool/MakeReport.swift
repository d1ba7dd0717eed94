import ArgumentParser
import Foundation
import Runs

/// `lifted report`.
struct MakeReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the report of a run, or one page on several runs.")

  @Argument(help: "Run folders.")
  var folders: [String]

  @Option(name: .shortAndLong, help: "The page to write; needed for several runs.")
  var output: String?

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    if folders.isEmpty { throw ValidationError("name at least one run folder") }
    if folders.count > 1, output == nil {
      throw ValidationError("several runs need --output, the page to write")
    }
  }

  func run() throws {
    let folders = try self.folders.map { try RunFolder.open(URL(fileURLWithPath: $0)) }
    let pool = compute.pool
    if let output {
      let url = URL(fileURLWithPath: output)
      try StudyResults(reading: folders, on: pool).writePage(
        to: url,
        command: "lifted report \(self.folders.joined(separator: " ")) --output \(output)")
      print(url.relativePath)
    } else {
      try RunReport.write(for: folders[0], on: pool)
      print(folders[0].report.relativePath)
    }
  }
}
