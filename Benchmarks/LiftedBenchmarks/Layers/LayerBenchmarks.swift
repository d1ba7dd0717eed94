import ArgumentParser
import Foundation
import Lifted
import Tensors

/// How fast block descent goes through deep networks, its layers side by side or one after the other.
struct LayerBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers", abstract: "Rounds of block descent on 1, 2, … threads.")

  @Option(help: "Threads to compare with one.")
  var threads = WorkerPool.processors
  @Option(help: "Samples of a batch.")
  var batch = 64
  @Option(help: "Turns of each combination, in alternation.")
  var turns = 11
  @Option(help: "Rounds in a turn.")
  var rounds = 5
  @Option(help: "Networks: 20x512, 10x100.")
  var networks = ChainNetwork.allCases.map(\.rawValue)

  @Flag(help: "Race to a forward loss in place of single rounds.")
  var race = false
  @Option(help: "Where the race ends, as a fraction of the loss before training.")
  var target = 0.3
  @Option(help: "Seconds after which a contestant is given up.")
  var patience = 30.0

  func run() throws {
    for name in networks {
      guard let chain = ChainNetwork(rawValue: name) else {
        throw ValidationError("no network '\(name)'; there are 20x512 and 10x100")
      }
      if race { try reportRace(chain) } else { try report(chain) }
    }
  }

  private func reportRace(_ chain: ChainNetwork) throws {
    let race = Race(chain: chain, samples: 1024, batch: batch, target: target, patience: patience)
    let pool = WorkerPool(threads: threads)
    print("\n\(chain.rawValue), to \(target) of the loss at the start, \(threads) threads\n")
    print("| method | seconds | epochs | loss |")
    print("|---|---|---|---|")
    for contestant in try Race.contestants() {
      let outcome = try race.run(contestant, on: pool)
      print(
        "| \(contestant.name) | "
          + (outcome.hasArrived ? "" : "not in ")
          + String(format: "%.2f | %d | %.3f |", outcome.seconds, outcome.epochs, outcome.loss))
    }
  }

  private func report(_ chain: ChainNetwork) throws {
    print(
      "\n\(chain.rawValue), batch \(batch): milliseconds of a round, median of \(turns) turns\n")
    print("| sweep | schedule | threads | ms | against 1 thread | efficiency |")
    print("|---|---|---|---|---|---|")
    for sweep in [Sweep.jacobi, .redBlack, .backward] {
      let one = try SweepTiming(
        chain, batch: batch, sweep: sweep, schedule: .tiles, threads: 1)
      var timings = [one]
      for count in 1...max(threads, 1) {
        for schedule in [LayerSchedule.tiles, .layers, .rows] where count > 1 || schedule != .tiles
        {
          timings.append(
            try SweepTiming(
              chain, batch: batch, sweep: sweep, schedule: schedule, threads: count))
        }
      }
      for turn in 0..<turns {
        for timing in turn.isMultiple(of: 2) ? timings : timings.reversed() {
          try timing.takeTurn(rounds: rounds)
        }
      }
      for timing in timings { print(row(timing, beside: one)) }
    }
  }

  private func row(_ timing: SweepTiming, beside one: SweepTiming) -> String {
    let gains = zip(one.milliseconds, timing.milliseconds).map { $0 / $1 }
    let gain = median(gains)
    return String(
      format: "| %@ | %@ | %d | %.2f | %.2f | %.2f |", timing.sweep.rawValue,
      timing.schedule.rawValue, timing.threads, median(timing.milliseconds), gain,
      gain / Double(timing.threads))
  }
}
