import Foundation

/// How progress is shown.
public enum ProgressMode: Equatable, Sendable {
  /// Not at all.
  case quiet
  /// One line for each log point.
  case lines
  /// A live line below the log points.
  case live(width: Int, hasColour: Bool)

  /// The mode that suits an output: live on a terminal, lines elsewhere and on a dumb terminal.
  /// `NO_COLOR` (https://no-color.org), set to anything but nothing, turns colour off.
  public static func suiting(
    descriptor: Int32, isQuiet: Bool,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> ProgressMode {
    if isQuiet { return .quiet }
    guard isatty(descriptor) == 1, environment["TERM"] != "dumb" else { return .lines }
    let hasColour = environment["NO_COLOR", default: ""].isEmpty
    return .live(width: columns(of: descriptor) ?? 80, hasColour: hasColour)
  }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
