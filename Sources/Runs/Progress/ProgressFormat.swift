/// Progress as text: a table of log points and a live line, never wider than the terminal.
///
///     epoch     step        loss    val loss    accuracy     time
///         1      600      0.5123      0.4312     84.21 %     0:12
///     ━━━━━━━━━━━━━━━━━━━━━╸━━━━━━━━  38 %  epoch 3/8  loss 0.3123  accuracy 88.12 %  ETA 1:23
public struct ProgressFormat: Sendable {
  /// Columns of the terminal.
  public let width: Int
  /// Whether escape sequences for colour may be used.
  public let hasColour: Bool

  /// - Parameters:
  ///   - width: columns of the terminal, at least 1; at most 100 are used.
  ///   - hasColour: whether escape sequences for colour may be used.
  public init(width: Int = 80, hasColour: Bool = false) {
    self.width = min(100, max(1, width))
    self.hasColour = hasColour
  }

  private static let widths = [5, 8, 11, 11, 11, 8]

  /// The header of the table.
  public func header(metric: MetricKind) -> String {
    let line = row(["epoch", "step", "loss", "val loss", metric.name, "time"])
    return hasColour ? "\u{1B}[1m\(line)\u{1B}[0m" : line
  }

  /// One log point as a row of the table.
  public func row(_ state: ProgressState) -> String {
    row([
      "\(state.epoch)", "\(state.step)", plain(FigureText.number(state.loss)),
      state.validationLoss.map { plain(FigureText.number($0)) } ?? "-",
      state.metric.map { plain(state.metricKind.text($0)) } ?? "-",
      FigureText.clock(state.seconds),
    ])
  }

  /// The live line: a bar, the percentage, and as many of the figures as there is room for.
  public func live(_ state: ProgressState) -> String {
    let percent = pad("\(Int(state.fraction * 100)) %", to: 5)
    let epoch = "epoch \(state.epoch)/\(state.epochs)"
    let loss = "loss " + plain(FigureText.number(state.loss))
    let remaining = "ETA " + FigureText.clock(state.remaining)
    let step = "step \(state.step)"
    let metric = state.metric.map { "\(state.metricKind.name) \(plain(state.metricKind.text($0)))" }
    let choices = [
      [percent, epoch, step, loss, metric, remaining], [percent, epoch, loss, metric, remaining],
      [percent, epoch, loss, remaining], [percent, remaining],
    ]
    for choice in choices {
      let text = choice.compactMap { $0 }.joined(separator: "  ")
      let room = width - text.count - 2
      if room >= 10 { return bar(state.fraction, length: min(30, room)) + "  " + text }
    }
    return String(percent.prefix(width))
  }

  private func bar(_ fraction: Double, length: Int) -> String {
    let done = Int((fraction * Double(length)).rounded(.down))
    let filled = String(repeating: "\u{2501}", count: done)
    let rest = length - done
    guard hasColour else { return filled + String(repeating: "\u{2500}", count: rest) }
    let empty = String(repeating: "\u{2501}", count: rest)
    return "\u{1B}[36m\(filled)\u{1B}[90m\(empty)\u{1B}[0m"
  }

  private func row(_ fields: [String]) -> String {
    let cells = zip(fields, Self.widths).map { field, width in pad(field, to: width) }
    return String(cells.joined(separator: " ").prefix(width))
  }

  private func pad(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Plain spaces and minus signs, for terminals and for tools that read the lines.
  private func plain(_ text: String) -> String {
    text.replacing("\u{202F}", with: " ").replacing("\u{2212}", with: "-")
  }
}
