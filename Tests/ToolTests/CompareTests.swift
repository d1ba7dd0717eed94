import Foundation
import Testing

/// `compare`, and what is made of its runs: `evaluate`, `report`, `inspect`.
@Suite struct CompareTests {
  private static let compare = ["compare", "tiny.yaml", "--folder", "both", "--seeds", "1", "2"]
  private static let runs = [
    "lifted-s1", "back-propagation-s1", "lifted-s2", "back-propagation-s2",
  ]

  @Test("Every method and seed is run once; repeating the command runs nothing and changes nothing")
  func repeated() throws {
    let place = try Workplace.tiny()
    let first = try Tool.run(Self.compare, in: place)
    #expect(first.status == 0, "\(first.complaint)")
    let table = try text(place.file("both/comparison.csv")).split(separator: "\n").map(String.init)
    let header =
      "task,method,seed,test_accuracy,test_best_accuracy,test_loss,validation_accuracy,"
      + "validation_loss,train_accuracy,train_loss,epochs,gradient_evaluations,seconds,cpu_seconds,"
      + "peak_memory_bytes,ending,problem"
    #expect(table[0] == header)
    let rows = table.dropFirst().map { row in
      row.split(separator: ",")[1...2].joined(separator: "-s")
    }
    #expect(rows == Self.runs)
    let page = try text(place.file("both/report.html"))
    for run in Self.runs {
      #expect(page.contains(run.dropLast(3)) && place.exists("both/\(run)/summary.json"))
      #expect(first.complaint.contains("\(run): "))
    }
    #expect(
      first.output.contains("mean accuracy") && first.output.contains("report: both/report.html"))

    let before = try place.contents(of: "both")
    let second = try Tool.run(Self.compare, in: place)
    #expect(second.status == 0)
    let expected = Self.runs.map { "\($0): done before\n" }.joined()
    #expect(second.complaint == expected)
    #expect(withoutCommandTime(second.output) == withoutCommandTime(first.output))
    let after = try place.contents(of: "both")
    let (names, namesBefore) = (after.keys.sorted(), before.keys.sorted())
    #expect(names == namesBefore)
    for (name, data) in before where name.contains("/") || name.hasSuffix("csv") {
      let isUnchanged = after[name] == data
      #expect(isUnchanged, "\(name) changed")
    }
  }

  /// The output without the CPU time of the command itself, which is another one each time.
  private func withoutCommandTime(_ output: String) -> String {
    output.replacing(/; this command: .*/, with: "")
  }

  @Test("The CPU time of a comparison is that of its runs, and no more than the process used")
  func cpuTime() throws {
    let place = try Workplace.tiny()
    let output = try Tool.run(Self.compare, in: place).output
    let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("CPU time: ") })
    let times = line.matches(of: /([0-9.e-]+)\u{202F}s/).compactMap { Double($0.output.1) }
    try #require(times.count == 2)
    #expect(line.contains(" in 4 runs; "))
    let runs = try Self.runs.map { run in
      let json = try JSONSerialization.jsonObject(
        with: Data(try place.bytes("both/\(run)/summary.json")))
      return try #require((json as? [String: Any])?["cpuSeconds"] as? Double)
    }
    // Two digits are printed.
    #expect(abs(runs.reduce(0, +) - times[0]) <= 0.06 * times[0])
    #expect(runs.allSatisfy { $0 > 0 } && times[0] <= 1.06 * times[1])
    #expect(try text(place.file("both/report.html")).contains(" of CPU time."))
  }

  @Test("An interrupted comparison goes on where it stopped and ends in the same bytes")
  func interrupted() throws {
    let place = try Workplace()
    let arguments = [
      "compare", "quickstart", "-q", "--threads", "2", "--set", "data.trainingSamples=2000",
      "--set",
      "training.epochs=10", "--set", "training.batchSize=20", "--folder",
    ]
    #expect(try Tool.run(arguments + ["whole"], in: place).status == 0)
    for run in ["lifted", "back-propagation"] {
      let running = try Running(arguments + ["parts"], in: place)
      let history = place.file("parts/\(run)/history.csv")
      while running.isRunning, ((try? text(history)) ?? "").isEmpty { usleep(1000) }
      running.send(SIGTERM)
      let outcome = try running.wait()
      #expect(outcome.status == 143, "\(run) had ended before it could be stopped")
      #expect(outcome.complaint == "interrupted; repeat the command to go on\n")
      #expect(!place.exists("parts/comparison.csv"))
    }
    #expect(try Tool.run(arguments + ["parts"], in: place).status == 0)
    for run in ["lifted", "back-propagation"] {
      for name in ["last.safetensors", "best.safetensors", "history.csv", "history.jsonl"] {
        #expect(
          try place.same("whole/\(run)/\(name)", "parts/\(run)/\(name)"), "\(run)/\(name) differs")
      }
    }
  }

  @Test("A folder with runs of another recipe is refused and left alone")
  func otherRecipe() throws {
    let place = try Workplace.tiny()
    #expect(
      try Tool.run(["compare", "tiny.yaml", "--folder", "both", "-q"], in: place).status == 0)
    for setting in ["training.epochs=3", "network[0].width=6", "seed=2"] {
      try Tool.expectComplaint(
        ["compare", "tiny.yaml", "--folder", "both", "-q", "--set", setting], in: place,
        saying: ["both/lifted", "another recipe", "--folder"])
    }
  }

  @Test("evaluate finds the figures of the summary again, for the last and the best weights")
  func evaluate() throws {
    let place = try Workplace.finished()
    let summary = try JSONSerialization.jsonObject(with: Data(try place.bytes("run/summary.json")))
    let test = try #require((summary as? [String: Any])?["test"] as? [String: Double])
    func evaluate(_ more: [String]) throws -> [String: Double] {
      let outcome = try Tool.run(["evaluate", "run", "--json"] + more, in: place)
      #expect(outcome.status == 0, "\(outcome.complaint)")
      let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
      return try #require(json as? [String: Double])
    }
    let last = try evaluate([])
    #expect(last["samples"] == 20)
    #expect(last["loss"] == test["loss"] && last["accuracy"] == test["accuracy"])
    #expect(try evaluate(["--weights", "best"])["accuracy"] == test["best_accuracy"])

    try place.writeIDX("other", train: 30, test: 12)
    #expect(try evaluate(["--data", "other"])["samples"] == 12)
    let table = try Tool.run(["evaluate", "run"], in: place).output
    #expect(table.hasPrefix("samples") && table.contains("loss") && table.contains("accuracy"))
  }

  @Test("report writes a run's page again, byte for byte, and one page on several runs")
  func report() throws {
    let place = try Workplace.finished()
    #expect(
      try Tool.run(["train", "tiny.yaml", "--folder", "two", "--seed", "2"], in: place).status == 0)
    let page = try place.bytes("run/report.html")
    try FileManager.default.removeItem(at: place.file("run/report.html"))
    let one = try Tool.run(["report", "run"], in: place)
    #expect(one.status == 0 && one.output == "run/report.html\n")
    let isSamePage = try place.bytes("run/report.html") == page
    #expect(isSamePage)

    let both = try Tool.run(["report", "run", "two", "-o", "both.html"], in: place)
    #expect(both.status == 0 && both.output == "both.html\n")
    let html = try text(place.file("both.html"))
    for word in ["<svg", "lifted report run two --output both.html", "data:image/png;base64"] {
      #expect(html.contains(word), "\(word)")
    }
    #expect(
      !html.contains("http://") && !html.contains("https://"), "the page is not self-contained")
  }
}
