/// A file that cannot be read or written as asked: which file, what is wrong, where, how to mend it.
///
/// ``description`` is one line, `FILE: PROBLEM (at byte N); REMEDY`, whatever the file contains.
public struct FormatError: Error, Equatable, Sendable {
  /// The nature of the failure.
  public enum Kind: Sendable, CaseIterable {
    /// The file cannot be opened or read.
    case unreadable
    /// The file cannot be created or written.
    case unwritable
    /// The file ends before what it announces.
    case truncated
    /// The file contradicts its format or itself.
    case corrupt
    /// The file may be well-formed but uses something not supported here.
    case unsupported
    /// The file announces more than any honest file of its size holds.
    case tooLarge
  }

  /// The nature of the failure.
  public let kind: Kind
  /// Path of the file, or the name given to bytes in memory.
  public let file: String
  /// Byte of the file (decompressed, where it was compressed) at which the problem was met.
  public let offset: Int?
  /// What is wrong.
  public let problem: String
  /// What to do about it.
  public let remedy: String

  /// An error; without a remedy the one usual for its kind is given.
  public init(
    _ kind: Kind, file: String, offset: Int? = nil, problem: String, remedy: String? = nil
  ) {
    self.kind = kind
    self.file = file
    self.offset = offset
    self.problem = problem
    self.remedy = remedy ?? kind.usualRemedy
  }
}

extension FormatError: CustomStringConvertible {
  /// The whole error in one line, control characters escaped.
  public var description: String {
    let place = offset.map { " (at byte \($0))" } ?? ""
    return "\(file): \(problem)\(place); \(remedy)".inOneLine
  }
}

extension FormatError.Kind {
  fileprivate var usualRemedy: String {
    switch self {
    case .unreadable: "check that the path exists and may be read"
    case .unwritable: "choose another place or make room there"
    case .truncated: "copy or download the file again"
    case .corrupt: "write the file again with the program that made it"
    case .unsupported: "convert the file to a supported form"
    case .tooLarge: "do not trust this file"
    }
  }
}

extension String {
  /// The text with control characters escaped: safe to print on a terminal.
  fileprivate var inOneLine: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      let isControl = scalar.properties.generalCategory == .control
      let isBreak = scalar == "\u{2028}" || scalar == "\u{2029}"
      text += isControl || isBreak ? scalar.escaped(asASCII: true) : String(scalar)
    }
  }

  /// The text in quotes, shortened to what fits in a message.
  var quoted: String { count > 60 ? "'\(prefix(57))...'" : "'\(self)'" }
}
