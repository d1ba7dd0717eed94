import Lifted

/// How penalty weights grow, as a recipe states it: `{rule: geometric, factor: 1.5, cap: 1000}`.
struct ContinuationRecipe: Sendable, Equatable, Codable {
  private enum Rule: String, CaseIterable, Codable {
    case constant, geometric, afterIncreases, dualAscent
  }

  /// What it says.
  let continuation: Continuation

  init(_ continuation: Continuation) { self.continuation = continuation }

  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    let word: Rule = try reader.requiredChoice("rule")
    let rule: Continuation.Rule =
      switch word {
      case .constant: .constant
      case .geometric: .geometric(factor: try reader.required("factor"))
      case .afterIncreases:
        .afterIncreases(
          factor: try reader.required("factor"), count: try reader.optional("count") ?? 3)
      case .dualAscent: .dualAscent(eta: try reader.required("eta"))
      }
    let cap: Double? = word == .constant ? nil : try reader.optional("cap")
    try reader.finish()
    continuation = try reader.checked { try Continuation(rule, cap: cap) }
  }

  func encode(to encoder: any Encoder) throws {
    var writer = RecipeWriter(encoder)
    switch continuation.rule {
    case .constant: try writer.write(Rule.constant, "rule")
    case .geometric(let factor):
      try writer.write(Rule.geometric, "rule")
      try writer.write(factor, "factor")
    case .afterIncreases(let factor, let count):
      try writer.write(Rule.afterIncreases, "rule")
      try writer.write(factor, "factor")
      try writer.write(count, "count")
    case .dualAscent(let eta):
      try writer.write(Rule.dualAscent, "rule")
      try writer.write(eta, "eta")
    }
    if let cap = continuation.cap { try writer.write(cap, "cap") }
  }
}
