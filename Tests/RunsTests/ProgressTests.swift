import Testing

@testable import Runs

@Suite struct ProgressTests {
  static let state = ProgressState(
    epoch: 3, epochs: 8, step: 1500, steps: 4000, seconds: 45, loss: 0.31234,
    validationLoss: 0.4312, metric: 0.88125, metricKind: .accuracy)

  @Test func theTableHasAHeaderAndAlignedRows() {
    let format = ProgressFormat()
    #expect(
      [format.header(metric: .accuracy), format.row(Self.state)] == [
        "epoch     step        loss    val loss    accuracy     time",
        "    3     1500      0.3123      0.4312     88.12 %     0:45",
      ])
  }

  @Test func whatWasNotMeasuredIsADash() {
    var state = Self.state
    state.validationLoss = nil
    state.metric = nil
    state.loss = .nan
    #expect(
      ProgressFormat().row(state)
        == "    3     1500         NaN           -           -     0:45")
  }

  @Test func theLiveLineHasABarAndTheNumbersThatMatter() {
    let done = String(repeating: "\u{2501}", count: 11)
    let rest = String(repeating: "\u{2500}", count: 19)
    #expect(
      ProgressFormat(width: 100).live(Self.state) == done + rest
        + "   37 %  epoch 3/8  step 1500  loss 0.3123  accuracy 88.12 %  ETA 1:15")
    #expect(
      ProgressFormat(width: 40).live(Self.state)
        == "\u{2501}\u{2501}\u{2501}\u{2501}\u{2501}\u{2501}\u{2501}\u{2501}"
        + String(repeating: "\u{2500}", count: 15) + "   37 %  ETA 1:15")
  }

  @Test(arguments: 1...140)
  func noLineIsWiderThanTheTerminal(width: Int) {
    let format = ProgressFormat(width: width)
    for line in [format.header(metric: .accuracy), format.row(Self.state), format.live(Self.state)]
    {
      #expect(line.count <= width)
    }
  }

  @Test func thereIsNoEscapeSequenceWithoutColour() {
    let plain = ProgressFormat(hasColour: false)
    let coloured = ProgressFormat(hasColour: true)
    #expect(!(plain.header(metric: .accuracy) + plain.live(Self.state)).contains("\u{1B}"))
    #expect(coloured.header(metric: .accuracy).contains("\u{1B}"))
    #expect(coloured.live(Self.state).contains("\u{1B}"))
  }

  @Test func theRemainingTimeIsUnknownAtTheStartAndZeroAtTheEnd() {
    var state = Self.state
    state.step = 0
    #expect(ProgressFormat().live(state).hasSuffix("ETA -"))
    state.step = state.steps
    #expect(ProgressFormat().live(state).hasSuffix("ETA 0:00"))
    state.steps = 0
    #expect(ProgressFormat().live(state).contains("  0 %"))
  }

  private func output(_ mode: ProgressMode) -> String {
    var text = ""
    withoutActuallyEscaping({ (piece: String) in text += piece }) { write in
      var display = ProgressDisplay(mode: mode, write: write)
      for tenths in 0..<10 {
        var state = Self.state
        state.seconds = Double(tenths) / 20
        display.update(state)
      }
      display.log(Self.state)
      display.finish()
    }
    return text
  }

  @Test func aTerminalGetsALiveLineAtMostTenTimesASecond() {
    let text = output(.live(width: 80, hasColour: false))
    #expect(text.split(separator: "\r\u{1B}[K").count == 7)
    #expect(text.hasPrefix("epoch  "))
    #expect(text.hasSuffix("\r\u{1B}[K" + ProgressFormat().row(Self.state) + "\n"))
  }

  @Test func aFileGetsALineForEachLogPoint() {
    let format = ProgressFormat()
    #expect(
      output(.lines) == format.header(metric: .accuracy) + "\n" + format.row(Self.state) + "\n")
  }

  @Test func quietIsSilent() {
    #expect(output(.quiet).isEmpty)
  }

  @Test func whatIsNoTerminalGetsLinesAndQuietWins() {
    #expect(ProgressMode.suiting(descriptor: -1, isQuiet: false, environment: [:]) == .lines)
    #expect(ProgressMode.suiting(descriptor: -1, isQuiet: true, environment: [:]) == .quiet)
  }
}
