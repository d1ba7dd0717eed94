/// Shows how a training goes on. The clock is the seconds of the states it is given.
///
/// Call ``update(_:)`` as often as you like, ``log(_:)`` at each log point (such as the end of an
/// epoch), ``finish()`` at the end. What comes out goes to `write` as text with its line ends.
public struct ProgressDisplay {
  /// Least seconds between two redraws of the live line.
  public static let interval = 0.1

  private let mode: ProgressMode
  private let format: ProgressFormat
  private let write: (String) -> Void
  private var hasHeader = false
  private var isLineShown = false
  private var lastDrawn = -Double.infinity

  /// A display in the given mode.
  /// - Parameters:
  ///   - mode: a live line, a line for each log point, or nothing.
  ///   - write: takes the text, for example to standard error.
  public init(mode: ProgressMode, write: @escaping (String) -> Void) {
    self.mode = mode
    self.write = write
    if case .live(let width, let hasColour) = mode {
      // A character in a terminal's last column may move the cursor to the next line.
      format = ProgressFormat(width: width - 1, hasColour: hasColour)
    } else {
      format = ProgressFormat()
    }
  }

  /// Redraws the live line, at most once an interval; nothing in the other modes.
  public mutating func update(_ state: ProgressState) {
    guard case .live = mode, state.seconds - lastDrawn >= Self.interval else { return }
    showHeader(state)
    lastDrawn = state.seconds
    isLineShown = true
    write("\r\u{1B}[K" + format.live(state))
  }

  /// Adds a log point to the table.
  public mutating func log(_ state: ProgressState) {
    guard mode != .quiet else { return }
    showHeader(state)
    clear()
    write(format.row(state) + "\n")
    lastDrawn = -.infinity
  }

  /// Removes the live line. Call it before anything else is printed.
  public mutating func finish() { clear() }

  private mutating func showHeader(_ state: ProgressState) {
    guard !hasHeader else { return }
    hasHeader = true
    write(format.header(metric: state.metricKind) + "\n")
  }

  private mutating func clear() {
    guard isLineShown else { return }
    isLineShown = false
    write("\r\u{1B}[K")
  }
}
