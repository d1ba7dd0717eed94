import ArgumentParser
import Foundation
import Tensors

/// Times our training steps for `Benchmarks/compare.py`.
///
/// Reads one JSON request per line from standard input and answers each with one JSON line; see
/// ``TimingRequest``. Between requests the pool's threads sleep.
@main
struct LiftedBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lifted-benchmarks",
    subcommands: [
      Serve.self, Rates.self, InversionBenchmarks.self, ClusterBenchmarks.self,
      LayerBenchmarks.self, RankRounds.self,
    ])

  struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answers timing requests, one JSON line each.")

    @Option(help: "Threads, at least 1.")
    var threads: Int

    func validate() throws {
      guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
    }

    func run() throws {
      let pool = WorkerPool(threads: threads)
      while let line = readLine() {
        let request = try JSONDecoder().decode(TimingRequest.self, from: Data(line.utf8))
        let answer = TimingAnswer(seconds: try request.seconds(on: pool))
        try FileHandle.standardOutput.write(
          contentsOf: JSONEncoder().encode(answer) + Data("\n".utf8))
      }
    }
  }
}
