import Foundation
import Testing

@testable import Runs

@Suite struct HistoryTests {
  @Test func csvIsAHeaderAndShortestNumbers() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    var history = try History(startingIn: folder)
    try history.append(row(epoch: 1), seconds: 1.5)
    try history.append(row(epoch: 2), seconds: 3)
    #expect(
      try text(folder.historyCSV) == """
        epoch,step,gradient_evaluations,training_loss,validation_loss,validation_metric,nudge,\
        step_factor,objective,stationarity,gradient_cosine,penalty_1,gap_1,active_1,penalty_2,gap_2,\
        active_2
        1,100,400,0.30000000000000004,0.3333333333333333,,0.01,1e-05,,,,0.0,0.25,0.5,1.0,0.25,0.5
        2,200,800,0.30000000000000004,0.16666666666666666,0.875,0.01,1e-05,1.5,,0.5,0.0,0.25,0.5,1.0,\
        0.25,0.5

        """)
    #expect(try text(folder.timing) == "epoch,step,seconds\n1,100,1.5\n2,200,3.0\n")
  }

  @Test func jsonLinesHaveSortedKeysAndNoNullValues() throws {
    let line = try HistoryJSONL.line(row(epoch: 1, layers: 1))
    #expect(
      line == """
        {"epoch":1,"gradientEvaluations":400,"layers":[{"activeFraction":0.5,"consistencyGap":0.25,\
        "penalty":0}],"nudge":0.01,"step":100,"stepFactor":1e-05,"trainingLoss":0.30000000000000004,\
        "validationLoss":0.3333333333333333}
        """)
  }

  @Test func bothFilesReadBackWhatWasWritten() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    var history = try History(startingIn: folder)
    for epoch in 1...4 { try history.append(row(epoch: epoch), seconds: Double(epoch)) }
    #expect(try History(reading: folder).rows == history.rows)
    #expect(try History(reading: folder).seconds == [1, 2, 3, 4])
    #expect(try History.rows(fromJSONLines: folder.historyJSONL) == history.rows)
  }

  @Test func numbersThatAreNotFiniteSurviveBothFiles() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    var history = try History(startingIn: folder)
    var lost = row(epoch: 1)
    lost.trainingLoss = .nan
    lost.validationLoss = .infinity
    lost.nudge = -.infinity
    try history.append(lost, seconds: 0)
    let read =
      try History(reading: folder).rows + History.rows(fromJSONLines: folder.historyJSONL)
    #expect(read.count == 2)
    for row in read {
      #expect(row.trainingLoss.isNaN)
      #expect(row.validationLoss == .infinity)
      #expect(row.nudge == -.infinity)
    }
    #expect(try text(folder.historyCSV).contains(",nan,inf,,-inf,"))
  }

  @Test func aResumedHistoryHasTheBytesOfAnUninterruptedOne() throws {
    let scratch = try Scratch()
    let (whole, killed) = (try scratch.run("whole"), try scratch.run("killed"))
    var history = try History(startingIn: whole)
    for epoch in 1...5 { try history.append(row(epoch: epoch), seconds: 1) }

    var first = try History(startingIn: killed)
    for epoch in 1...3 { try first.append(row(epoch: epoch), seconds: 2) }
    for url in [killed.historyCSV, killed.historyJSONL, killed.timing] {
      try Data((text(url) + "4,400").utf8).write(to: url)
    }
    var second = try History(resuming: killed, after: 200)
    #expect(second.rows.map(\.epoch) == [1, 2])
    for epoch in 3...5 { try second.append(row(epoch: epoch), seconds: 3) }

    #expect(try text(killed.historyCSV) == text(whole.historyCSV))
    #expect(try text(killed.historyJSONL) == text(whole.historyJSONL))
    #expect(second.seconds == [2, 2, 3, 3, 3])
  }

  @Test func resumingBeforeTheFirstRowStartsAnew() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    var first = try History(startingIn: folder)
    try first.append(row(epoch: 1), seconds: 1)
    var second = try History(resuming: folder, after: 0)
    try second.append(row(epoch: 1), seconds: 1)
    #expect(try History(reading: folder).rows == [row(epoch: 1)])
  }

  @Test(arguments: [
    (
      "epoch,step\n",
      HistoryError.damaged(file: "h", line: 1, reason: "this is not the header of a history")
    ),
    ("H\n1,2,3\n", .damaged(file: "h", line: 2, reason: "expected 11 fields, found 3")),
    (
      "H\n1,2,3,0,,,0,0,,,\n1,-2,3,0,,,0,0,,,\n",
      .damaged(file: "h", line: 3, reason: "step is not a count: \"-2\"")
    ),
    (
      "H\n1,2,3,x,,,0,0,,,\n",
      .damaged(file: "h", line: 2, reason: "training_loss is not a number: \"x\"")
    ),
    (
      "H\n1,2,3,0,,,0,,,,\n",
      .damaged(file: "h", line: 2, reason: "step_factor is not a number: \"\"")
    ),
    ("H\n1,2,3,0,,,0,0", .unfinished(file: "h", line: 2)),
  ])
  func damageIsReportedWithItsLine(contents: String, error: HistoryError) {
    let whole = contents.replacing("H", with: HistoryCSV.header(layers: 0))
    #expect(throws: error) { try HistoryCSV.rows(from: LineFile(name: "h", text: whole)) }
  }

  @Test func aDamagedJSONLineIsReportedWithItsLine() throws {
    let good = try HistoryJSONL.line(row(epoch: 1))
    let file = LineFile(name: "h", text: "\(good)\n{\"epoch\":1}\n")
    #expect(
      throws: HistoryError.damaged(file: "h", line: 2, reason: "this is not a row of a history")
    ) {
      try HistoryJSONL.rows(from: file)
    }
  }

  @Test func everyPrefixOfAFileIsReadRefusedOrResumed() throws {
    let lines = (1...3).map { HistoryCSV.line(row(epoch: $0)) }
    let whole = ([HistoryCSV.header(layers: 2)] + lines).map { $0 + "\n" }.joined()
    for length in 0...whole.utf8.count {
      let file = LineFile(
        name: "h", text: String(decoding: whole.utf8.prefix(length), as: UTF8.self))
      let kept = try HistoryCSV.rows(from: file.finished)
      #expect(kept == (1...3).prefix(kept.count).map { row(epoch: $0) })
      #expect(kept.count == max(0, file.finished.lines.count - 1))
    }
  }

  @Test func rowsOfAnotherNetworkAreAnError() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    var history = try History(startingIn: folder)
    try history.append(row(epoch: 1, layers: 2), seconds: 1)
    #expect(throws: HistoryError.self) { try history.append(row(epoch: 2, layers: 3), seconds: 2) }
    #expect(try History(reading: folder).rows.count == 1)
  }
}
