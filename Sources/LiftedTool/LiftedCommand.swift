import ArgumentParser
import Distributed
import Foundation
import Interchange
import Lifted
import Runs

/// The root of the command line.
@main
struct LiftedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lifted",
    abstract: "Trains and inverts neural networks without back-propagation through activations.",
    discussion: """
      Start with: lifted compare quickstart

      Exit status: 0 done, 1 a file, recipe or folder is at fault, 2 training diverged, 64 wrong \
      usage, 130, 143 or 75 interrupted, 75 by SIGUSR1 or with several ranks (the run folder holds a \
      checkpoint; go on with lifted resume).
      """,
    version: LiftedVersion.current,
    subcommands: [
      Train.self, Resume.self, Compare.self, Evaluate.self, Invert.self, Restore.self,
      Degrade.self,
      MakeReport.self, Recipes.self, Check.self, Inspect.self,
    ])

  static func main() {
    // A limit on file sizes then shows as an error of the write, as a full disk does.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try requireOneProcess(for: command)
      try command.run()
    } catch {
      exit(with: error)
    }
  }

  /// Refuses several processes of a command that would do the same several times, in the same place.
  private static func requireOneProcess(for command: any ParsableCommand) throws {
    guard Ranks.launched.size > 1, !(command is Train || command is Resume) else { return }
    guard Ranks.launched.rank == 0 else {
      Ranks.letRootSpeak()
      throw ExitCode.failure
    }
    throw ToolError(
      "started as \(Ranks.launched.size) ranks, but only lifted train and lifted resume share work out; start "
        + "this command by itself, without mpirun")
  }

  /// One line for whatever is wrong; help and exit codes as the parser has them.
  private static func exit(with error: any Error) -> Never {
    switch exitCode(for: error) {
    // All ranks have the same command line: one says what is wrong with it.
    case .validationFailure where Ranks.launched.rank > 0:
      Ranks.letRootSpeak()
      Foundation.exit(EX_USAGE)
    case .validationFailure:
      let lines = fullMessage(for: error).split(separator: "\n")
      let problem = lines.first?.replacing("Error: ", with: "") ?? ""
      let hint = lines.last { $0.contains("--help") } ?? ""
      Terminal.complain("lifted: \(problem). \(hint.trimmingCharacters(in: .whitespaces))")
      Foundation.exit(EX_USAGE)
    case .failure where !(error is ExitCode):
      Terminal.complain("lifted: \(error)")
      Foundation.exit(EXIT_FAILURE)
    default:
      exit(withError: error)
    }
  }
}

/// What the tool itself finds wrong.
struct ToolError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
