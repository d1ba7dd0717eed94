import Foundation
import Interchange
import Testing

/// Whatever stops a run, going on with it ends in the same bytes as never having been stopped.
@Suite struct InterruptionTests {
  /// Training by every kind of memory that a method can have.
  static let methods: [(name: String, data: String, head: String, method: String)] = [
    (
      "hybrid updates, denoising", "task: reconstruction, noise: 0.2", "identity",
      "signal: contrast, updates: [{rule: adam}, {rule: momentum, stepSize: 0.01}, "
        + "{rule: implicit, tau: 1, relaxation: 0.2}]"
    ),
    (
      "rescue nudge", "task: classification", "softmax",
      "signal: mirror, nudge: 0.5, rescue: {strength: 20, activeBelow: 0.4, annealing: 0.97}, "
        + "update: {rule: adam}"
    ),
    (
      "covariance steps", "task: classification", "softmax",
      "signal: contrast, updates: [{rule: covariance, stepSize: 0.1, refresh: 7}, {rule: adam}, "
        + "{rule: covariance, stepSize: 0.1}]"
    ),
    (
      "finite sums", "task: classification", "softmax",
      "kind: finiteSum, rule: piag, stepSize: 0.02"
    ),
    (
      "contrastive phases", "task: classification", "softmax",
      "kind: contrastive, sweeps: 2, update: {rule: adam}"
    ),
    (
      "implicit stochastic gradient", "task: classification", "softmax",
      "kind: implicitStochasticGradient, tau: 1, rounds: 2"
    ),
  ]

  /// Files that are a function of the recipe.
  static let reproducible = [
    "last.safetensors", "best.safetensors", "history.csv", "history.jsonl", "recipe.yaml",
    "pictures/1-1.png",
  ]

  private func workplace(
    _ index: Int, epochs: Int = 20, trainingSamples: Int = 1500
  ) throws -> Workplace {
    let (_, data, head, method) = Self.methods[index]
    let place = try Workplace()
    try place.write(
      """
      name: long
      data:
        {source: shapes, \(data), trainingSamples: \(trainingSamples), validationSamples: 60, testSamples: 60}
      network:
        - {width: 24, activation: {name: softThreshold, alpha: 0.5}}
        - {width: 24, activation: relu}
        - {width: \(head == "softmax" ? 6 : 256), activation: \(head)}
      training: {epochs: \(epochs), batchSize: 10, schedule: cosine}
      methods:
        - {name: m, \(method)}

      """, to: "long.yaml")
    return place
  }

  private func rows(_ place: Workplace) -> Int {
    ((try? text(place.file("run/history.csv"))) ?? "").split(separator: "\n").count - 1
  }

  /// Waits until the history has so many rows, and a little longer.
  private func waitForRows(
    _ count: Int, _ running: Running, _ place: Workplace, milliseconds: UInt32 = 15
  ) {
    while running.isRunning, rows(place) < count { usleep(1000) }
    usleep(UInt32.random(in: 0...1000 * milliseconds))
  }

  private func state(_ place: Workplace) throws -> String {
    try #require(
      try Safetensors.read(from: place.file("run/state.safetensors")).metadata["lifted.state"])
  }

  private func expectSame(_ place: Workplace) throws {
    for name in Self.reproducible {
      #expect(try place.same("whole/\(name)", "run/\(name)"), "\(name) differs")
    }
  }

  @Test(
    "Stopped again and again by SIGTERM, SIGINT and SIGKILL, a run ends in the same bytes",
    arguments: methods.indices)
  func stopAndGoOn(_ index: Int) throws {
    let place = try workplace(index)
    let whole = try Tool.run(
      ["train", "long.yaml", "--folder", "whole", "-q", "--threads", "2"], in: place)
    #expect(whole.status == 0, "\(whole.complaint)")

    var arguments = ["train", "long.yaml", "--folder", "run", "-q", "--threads", "1"]
    for (row, signal) in [(1, SIGTERM), (3, SIGINT), (6, SIGKILL), (8, SIGTERM), (10, SIGKILL)] {
      let running = try Running(arguments, in: place)
      waitForRows(row, running, place)
      running.send(signal)
      let outcome = try running.wait()
      if signal == SIGKILL {
        #expect(outcome.signal == SIGKILL)
      } else {
        #expect(outcome.status == 128 + signal && outcome.signal == nil)
        #expect(outcome.complaint == "interrupted; go on with: lifted resume run\n")
      }
      #expect(rows(place) < 20, "the run had ended before it could be stopped")
      arguments = ["resume", "run", "-q", "--threads", "\(row % 4 + 1)"]
    }
    let last = try Tool.run(arguments, in: place)
    #expect(last.status == 0, "\(last.complaint)")
    #expect(rows(place) == 20)
    try expectSame(place)
  }

  @Test("SIGUSR1 asks for room: a checkpoint, and the status that means try again")
  func roomAskedFor() throws {
    let place = try workplace(0)
    let whole = try Tool.run(["train", "long.yaml", "--folder", "whole", "-q"], in: place)
    #expect(whole.status == 0, "\(whole.complaint)")
    let running = try Running(["train", "long.yaml", "--folder", "run", "-q"], in: place)
    waitForRows(2, running, place)
    running.send(SIGUSR1)
    #expect(try running.wait().status == EX_TEMPFAIL)
    #expect(rows(place) < 20, "the run had ended before it could be stopped")
    #expect(try Tool.run(["resume", "run", "-q"], in: place).status == 0)
    try expectSame(place)
  }

  @Test("SIGTERM in the middle of an epoch saves that very step, not the epoch's start")
  func midEpoch() throws {
    // Long epochs and longer and longer pauses: on a busy machine an epoch's files take a while.
    let place = try workplace(0, epochs: 400, trainingSamples: 15_000)
    var arguments = ["train", "long.yaml", "--folder", "run", "-q", "--threads", "1"]
    for attempt in 1..<20 {
      let before = rows(place)
      let running = try Running(arguments, in: place)
      waitForRows(max(before, 0) + 1, running, place, milliseconds: 50 * UInt32(attempt))
      running.send(SIGTERM)
      #expect(try running.wait().status == 143)
      if !(try state(place)).contains(#""samplesOfEpoch":0"#) { return }
      arguments = ["resume", "run", "-q", "--threads", "1"]
    }
    Issue.record("no stop fell into an epoch")
  }

  @Test("Weights, history and pictures are the same bytes with 1, 2 and 4 threads")
  func threads() throws {
    for index in Self.methods.indices {
      let place = try workplace(index, epochs: 2)
      for (folder, threads) in [("one", "1"), ("two", "2"), ("four", "4")] {
        let arguments = ["train", "long.yaml", "--folder", folder, "-q", "--threads", threads]
        #expect(try Tool.run(arguments, in: place).status == 0)
      }
      for name in Self.reproducible {
        #expect(try place.same("one/\(name)", "two/\(name)"), "\(name) differs with 2 threads")
        #expect(try place.same("one/\(name)", "four/\(name)"), "\(name) differs with 4 threads")
      }
    }
  }

  @Test("Another seed gives other weights and another history")
  func seeds() throws {
    let place = try workplace(0, epochs: 1)
    for (folder, seed) in [("one", "1"), ("two", "2")] {
      let arguments = ["train", "long.yaml", "--folder", folder, "-q", "--seed", seed]
      #expect(try Tool.run(arguments, in: place).status == 0)
    }
    for name in ["last.safetensors", "history.csv", "recipe.yaml"] {
      #expect(try !place.same("one/\(name)", "two/\(name)"))
    }
  }

  @Test("While a run is under way nobody else can resume it, and the attempt changes nothing")
  func locked() throws {
    let place = try workplace(0)
    let arguments = ["train", "long.yaml", "-q", "--folder"]
    #expect(try Tool.run(arguments + ["whole"], in: place).status == 0)
    let running = try Running(arguments + ["run"], in: place)
    waitForRows(2, running, place)
    let second = try Tool.run(["resume", "run", "-q"], in: place)
    #expect(running.isRunning, "the first run ended too early")
    #expect(second.status == 1)
    #expect(second.complaint.contains("is being written by another process"))
    #expect(try running.wait().status == 0)
    try expectSame(place)
  }

  @Test("Resuming a finished run trains no further and changes no result")
  func finished() throws {
    let place = try Workplace.finished()
    let before = try place.contents(of: "run")
    let outcome = try Tool.run(["resume", "run", "-q"], in: place)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("all iterations done"))
    let after = try place.contents(of: "run")
    for (name, data) in before where !name.hasPrefix("events") {
      let isUnchanged = after[name] == data
      #expect(isUnchanged, "\(name) changed")
    }
  }

  @Test("A run killed after its last step and before its report gets its figures on resuming")
  func figuresLater() throws {
    let place = try Workplace.finished()
    let before = try place.contents(of: "run")
    for name in ["summary.json", "report.html", "pictures"] {
      try FileManager.default.removeItem(at: place.file("run/\(name)"))
    }
    let outcome = try Tool.run(["resume", "run", "-q"], in: place)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    for (name, data) in before where name.hasSuffix("png") || name.hasSuffix("safetensors") {
      let isSame = try place.bytes("run/\(name)") == [UInt8](data)
      #expect(isSame, "\(name) differs")
    }
    #expect(place.exists("run/summary.json") && place.exists("run/report.html"))
  }
}
