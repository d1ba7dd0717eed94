import Foundation

/// The package's own texts, read from beside the sources.
enum ArticleText {
  /// The root of the package.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The README and every article of every catalog, as paths from the root.
  static let paths: [String] = ["README.md"] + files(under: "Sources", endingIn: ".md")

  /// Files below a folder, sorted, as paths from the root.
  static func files(under folder: String, endingIn end: String) -> [String] {
    let below = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
    let names = (below?.allObjects ?? []).compactMap { $0 as? String }
    return names.filter { $0.hasSuffix(end) }.sorted().map { folder + "/" + $0 }
  }

  static func read(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The fenced blocks of a language in a Markdown text.
  static func blocks(of language: String, in text: String) -> [String] {
    text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
  }

  /// A text as one line a row without indentation, empty lines and imports.
  static func normalised(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
      .map { $0 + "\n" }.joined()
  }

  /// All matches of an expression's first group.
  static func matches(_ pattern: String, in text: String) throws -> [String] {
    let expression = try NSRegularExpression(pattern: pattern)
    let whole = NSRange(text.startIndex..., in: text)
    return expression.matches(in: text, range: whole).compactMap { match in
      Range(match.range(at: 1), in: text).map { String(text[$0]) }
    }
  }
}
