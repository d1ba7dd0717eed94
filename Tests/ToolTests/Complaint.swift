import Foundation
import Testing

extension Tool {
  /// Runs what must fail: one line on standard error, nothing on standard output, every file as it
  /// was.
  ///
  /// - Parameters:
  ///   - status: the exit status that must come.
  ///   - words: what the line must say, in any order.
  ///   - linesMore: lines that may follow, such as a count at the end.
  ///   - fresh: a folder that may appear, with whatever was written before the failure.
  static func expectComplaint(
    _ arguments: [String], in place: Workplace, status: Int32 = 1, saying words: [String],
    leaving fresh: String? = nil, fileLimit: Int? = nil, linesMore: Int = 0,
    environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try place.contents()
    let outcome = try run(
      arguments, in: place, fileLimit: fileLimit, environment: environment)
    let line = outcome.complaint
    let told: Comment = "\(arguments.joined(separator: " ")): \(outcome.status), \(line)"
    #expect(outcome.signal == nil, told, sourceLocation: sourceLocation)
    #expect(outcome.status == status, told, sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, told, sourceLocation: sourceLocation)
    #expect(
      line.hasSuffix("\n") && line.count { $0 == "\n" } == 1 + linesMore, told,
      sourceLocation: sourceLocation)
    #expect(line.hasPrefix("lifted: ") && line.count < 700, told, sourceLocation: sourceLocation)
    for word in words { #expect(line.contains(word), told, sourceLocation: sourceLocation) }
    let after = try place.contents().filter { entry in
      fresh.map { !entry.key.hasPrefix($0) } ?? true
    }
    let isUnchanged = after == before
    #expect(isUnchanged, "files changed: \(told)", sourceLocation: sourceLocation)
  }
}
