import Foundation
import Testing

@testable import Runs

@Suite struct SummaryTests {
  static let summary = Summary(
    method: "lifted", seed: 7, epochs: 5, steps: 3000, train: ["loss": 0.1],
    validation: ["accuracy": 0.9], test: ["loss": .nan, "accuracy": 0.8978], seconds: 42.5,
    cpuSeconds: 80.25, gradientEvaluations: 12000, peakMemoryBytes: 312_000_000,
    stopReason: "all epochs done",
    machine: Machine(
      processor: "P", cores: 4, threads: 2, operatingSystem: "OS"),
    date: Date(timeIntervalSince1970: 1_700_000_000), version: "0.1.0")

  @Test func theFileIsIndentedWithSortedKeys() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    try Self.summary.write(to: folder)
    #expect(
      try text(folder.summary) == """
        {
          "cpuSeconds" : 80.25,
          "date" : "2023-11-14T22:13:20Z",
          "epochs" : 5,
          "gradientEvaluations" : 12000,
          "machine" : {
            "cores" : 4,
            "operatingSystem" : "OS",
            "processor" : "P",
            "threads" : 2
          },
          "method" : "lifted",
          "peakMemoryBytes" : 312000000,
          "seconds" : 42.5,
          "seed" : 7,
          "steps" : 3000,
          "stopReason" : "all epochs done",
          "test" : {
            "accuracy" : 0.8978,
            "loss" : "nan"
          },
          "train" : {
            "loss" : 0.1
          },
          "validation" : {
            "accuracy" : 0.9
          },
          "version" : "0.1.0"
        }

        """)
  }

  @Test func itReadsBack() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    var written = Self.summary
    written.test = ["accuracy": 0.1 + 0.2]
    try written.write(to: folder)
    #expect(try Summary(reading: folder) == written)
  }

  @Test func theSummaryOfAnOlderVersionHasNoCPUSeconds() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    try Self.summary.write(to: folder)
    let lines = try text(folder.summary).split(separator: "\n").filter { !$0.contains("cpu") }
    try Data(lines.joined(separator: "\n").utf8).write(to: folder.summary)
    #expect(try Summary(reading: folder).cpuSeconds == nil)
  }

  @Test func aCutOffFileIsOneClearLine() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    try Self.summary.write(to: folder)
    try Data(contentsOf: folder.summary).dropLast(9).write(to: folder.summary)
    #expect(
      throws: HistoryError.damaged(
        file: "summary.json", line: 1, reason: "this is not the summary of a run")
    ) { try Summary(reading: folder) }
  }

  @Test func theMachineIsKnown() {
    let machine = Machine.current(threads: 3)
    #expect(machine.threads == 3)
    #expect(machine.cores >= 1)
    #expect(!machine.processor.isEmpty && !machine.operatingSystem.isEmpty)
  }

  @Test func peakMemoryGrowsByWhatIsHeld() {
    let before = Machine.peakMemoryBytes()
    let held = [UInt8](repeating: 1, count: 256 << 20)
    let after = Machine.peakMemoryBytes()
    #expect(held.reduce(0) { $0 + Int($1) } == 256 << 20)
    #expect(before > 1 << 20)
    #expect(after >= 256 << 20)
    #expect(after < 16 << 30)
  }

  @Test func numbersReadWell() {
    #expect(
      [0, 0.00123456, 0.01556, 0.5, 12.345, 999.96, 1.5e-6, 2.5e7].map(FigureText.number) == [
        "0", "0.001235", "0.01556", "0.5000", "12.35", "1000.0", "1.500e\u{2212}6", "2.500e7",
      ])
    #expect(FigureText.percent(0.88125) == "88.12\u{202F}%")
    #expect(
      [9999, 10000, 1_234_567, 0].map(FigureText.count) == [
        "9999", "10\u{202F}000", "1\u{202F}234\u{202F}567", "0",
      ])
    #expect(
      [0, 0.0343, 4.2, 59.96, 185, 7621].map(FigureText.duration) == [
        "0.0\u{202F}s", "0.034\u{202F}s",
        "4.2\u{202F}s", "1\u{202F}min 00\u{202F}s", "3\u{202F}min 05\u{202F}s",
        "2\u{202F}h 07\u{202F}min",
      ])
    #expect(
      [7, 754, 3723, .nan, .infinity].map(FigureText.clock) == [
        "0:07", "12:34", "1:02:03", "-", "-",
      ])
    #expect(FigureText.number(.nan) == "NaN")
  }
}
