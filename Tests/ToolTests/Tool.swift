import Foundation
import Testing

/// The `lifted` executable that was built beside the test bundle, run as a process of its own.
enum Tool {
  /// What a finished process left.
  struct Outcome {
    let status: Int32
    /// The number of the signal that ended it, if one did.
    let signal: Int32?
    let output: String
    let complaint: String
  }

  struct NotBuilt: Error, CustomStringConvertible {
    let places: [String]
    var description: String { "no executable 'lifted' in \(places)" }
  }

  /// The executable: in the folder of the test bundle or of the process that runs the tests.
  static let executable: Result<URL, NotBuilt> = {
    let bundles = CommandLine.arguments.filter { $0.contains(".xctest") }.map {
      URL(fileURLWithPath: $0).deletingLastPathComponent()
    }
    let places =
      bundles + [
        Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent(),
        URL(fileURLWithPath: ".build/release"), URL(fileURLWithPath: ".build/debug"),
      ]
    let found = places.map { $0.appendingPathComponent("lifted") }.first {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
    return found.map(Result.success) ?? .failure(NotBuilt(places: places.map(\.path)))
  }()

  /// Runs to the end.
  /// - Parameters:
  ///   - fileLimit: the largest file the process may write, in blocks of 512 bytes.
  ///   - environment: what it has in addition.
  static func run(
    _ arguments: [String], in workplace: Workplace, fileLimit: Int? = nil,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try Running(arguments, in: workplace, fileLimit: fileLimit, environment: environment).wait()
  }
}

/// A process under way.
final class Running {
  private let process = Process()
  private let output: URL
  private let complaint: URL

  init(
    _ arguments: [String], in workplace: Workplace, fileLimit: Int? = nil,
    environment: [String: String] = [:]
  ) throws {
    let executable = try Tool.executable.get()
    (output, complaint) = (workplace.hidden("out"), workplace.hidden("err"))
    if let fileLimit {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments =
        ["-c", "ulimit -f \(fileLimit); exec \"$0\" \"$@\"", executable.path] + arguments
    } else {
      process.executableURL = executable
      process.arguments = arguments
    }
    process.currentDirectoryURL = workplace.url
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "80"]) { $1 }
      .merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.handle(output)
    process.standardError = try Self.handle(complaint)
    try Self.withoutBlockedSignals { try process.run() }
  }

  /// Threads of a pool block signals, and a new process inherits that from the thread that makes it.
  private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  private static func handle(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  func wait() throws -> Tool.Outcome {
    process.waitUntilExit()
    let signalled = process.terminationReason == .uncaughtSignal
    return Tool.Outcome(
      status: process.terminationStatus, signal: signalled ? process.terminationStatus : nil,
      output: try text(output), complaint: try text(complaint))
  }
}

func text(_ url: URL) throws -> String {
  String(decoding: try Data(contentsOf: url), as: UTF8.self)
}
