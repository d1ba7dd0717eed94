import Foundation
import Testing

/// The recipe reference against the code that reads recipes.
@Suite("The recipe reference is complete")
struct RecipeReferenceTests {
  /// A section of the article and the file whose keys it lists, with a group of keys that several have.
  struct Part: CustomStringConvertible, Sendable {
    let heading: String
    let file: String
    var common: String?
    var description: String { heading }
  }

  static let parts =
    [
      Part(heading: "Top level", file: "Recipe"),
      Part(heading: "Data", file: "DataRecipe"),
      Part(heading: "Restoration", file: "RestorationRecipe"),
      Part(heading: "Operators", file: "OperatorChoice"),
      Part(heading: "Network", file: "NetworkRecipe"),
      Part(heading: "Network: unrolled", file: "UnrolledRecipe"),
      Part(heading: "Layer: residual", file: "Layers/ResidualRule"),
      Part(heading: "Layer: dense", file: "Layers/DenseRule"),
      Part(heading: "Layer: convolution", file: "Layers/ConvolutionRule"),
      Part(heading: "Layer: transposed convolution", file: "Layers/TransposedConvolutionRule"),
      Part(heading: "Kernels", file: "Layers/KernelRecipe"),
      Part(heading: "Layer: average pooling", file: "Layers/AveragePoolingRule"),
      Part(heading: "Layer: batch normalisation", file: "Layers/BatchNormalisationRule"),
      Part(heading: "Activations", file: "ActivationChoice"),
      Part(heading: "Training", file: "TrainingRecipe"),
      Part(heading: "Methods", file: "MethodRecipe"),
      Part(heading: "Kind: sweep", file: "SweepRecipe"),
      Part(heading: "Kind: implicitStochasticGradient", file: "ImplicitRecipe"),
      Part(heading: "Kind: contrastive", file: "ContrastiveRecipe"),
      Part(heading: "Kind: splitting", file: "SplittingRecipe"),
      Part(heading: "Kind: finiteSum", file: "FiniteSumRecipe", common: "NudgedSignal"),
      Part(heading: "Kind: consensus", file: "ConsensusRecipe", common: "NudgedSignal"),
      Part(heading: "Kind: delayed", file: "DelayedRecipe", common: "NudgedSignal"),
      Part(heading: "Method training", file: "OwnTraining"),
      Part(heading: "Kind: blockDescent", file: "BlockDescentRecipe"),
      Part(heading: "Continuation", file: "ContinuationRecipe"),
      Part(heading: "Variable solvers", file: "SolverRecipe"),
      Part(heading: "Weight solvers", file: "SolverRecipe"),
      Part(heading: "Updates", file: "UpdateRecipe"),
      Part(heading: "Rule: gradient", file: "Updates/GradientRule"),
      Part(heading: "Rule: momentum", file: "Updates/MomentumRule"),
      Part(heading: "Rule: adam", file: "Updates/AdamRule"),
      Part(heading: "Rule: implicit", file: "Updates/ImplicitRule"),
      Part(heading: "Rule: covariance", file: "Updates/CovarianceRule"),
      Part(heading: "Studies", file: "../Study/StudyFile"),
      Part(heading: "Study budget", file: "../Study/StudyBudget"),
      Part(heading: "Study tasks", file: "../Study/StudyTask"),
    ] + solvers

  /// A section for each solver, by the word in its file.
  static let solvers = ArticleText.files(
    under: "Sources/Runs/Recipe/Solvers", endingIn: ".swift"
  ).map { path in
    let words = try? ArticleText.matches(#"word = "(\w+)""#, in: ArticleText.read(path))
    let file = path.split(separator: "/").suffix(2).joined(separator: "/").dropLast(6)
    return Part(heading: "Solver: \(words?.first ?? path)", file: String(file))
  }

  private static func section(_ heading: String) throws -> String {
    let article = try ArticleText.read("Sources/Lifted/Lifted.docc/RecipeReference.md")
    let after = article.components(separatedBy: "\n## \(heading)\n").dropFirst().first
    return try #require(after, "no section \(heading)").components(separatedBy: "\n## ")[0]
  }

  private static func code(_ file: String) throws -> String {
    try ArticleText.read("Sources/Runs/Recipe/\(file).swift")
  }

  private static func code(_ part: Part) throws -> String {
    try code(part.file) + (part.common.map(code) ?? "")
  }

  @Test("The keys that are read are the keys that are listed", arguments: parts)
  func keys(part: Part) throws {
    let read = try ArticleText.matches(
      #"(?:reader|parameters)\s*\.(?:required|optional|requiredChoice|choices?|word)\(\s*"(\w+)""#,
      in: Self.code(part))
    let listed = try ArticleText.matches(
      #"(?m)^\| `(\w+)` \| (?:text|name|number|whole|group|list|true)\b"#,
      in: Self.section(part.heading))
    #expect(!read.isEmpty)
    #expect(Set(read) == Set(listed))
  }

  @Test("The defaults that are read are the defaults that are listed", arguments: parts)
  func defaults(part: Part) throws {
    let code = try Self.code(part)
    let section = try Self.section(part.heading)
    for key in Set(try ArticleText.matches(#"(?:optional|choice)\("(\w+)"\) \?\? "#, in: code)) {
      let values = try ArticleText.matches(#""\#(key)"\) \?\? \.?([\w.-]+)"#, in: code)
      let rows = try ArticleText.matches(#"(?m)^(\| `\#(key)` \|.*)$"#, in: section)
      for value in values where !value.hasPrefix("WeightPenalty") && !value.hasPrefix("fixed") {
        #expect(rows.contains { $0.contains("`\(value)`") }, "\(key) defaults to \(value)")
      }
    }
  }

  @Test("The ranges of whole numbers are those that are checked")
  func ranges() throws {
    var checked = 0
    for part in Self.parts {
      let code = try Self.code(part)
      let section = try Self.section(part.heading)
      let pattern = #"in: (\d\.\.\.(?:[\d_]+|1 << \d+|most), "\w+")\)"#
      for match in try ArticleText.matches(pattern, in: code) {
        let words = match.components(separatedBy: ", ")
        let (bounds, key) = (
          words[0].components(separatedBy: "..."), words[1].dropFirst().dropLast()
        )
        let most = Self.number(bounds[1] == "most" ? "1 << 30" : bounds[1])
        #expect(
          section.contains("| `\(key)` | whole | \(bounds[0]) to \(most) |"), "\(key): \(match)")
        checked += 1
      }
    }
    #expect(checked >= 7)
  }

  @Test("The solvers of variables and of weights are those that recipes know")
  func solverWords() throws {
    let code = try Self.code("SolverRecipe")
    for (heading, list) in [
      ("Variable solvers", "VariableRule"), ("Weight solvers", "ParameterRule"),
    ] {
      let after = code.components(separatedBy: "[any \(list).Type] = [").dropFirst().first
      let files = try ArticleText.matches(
        #"(\w+)\.self"#, in: #require(after).components(separatedBy: "]")[0])
      let words = try files.flatMap { file in
        try ArticleText.matches(#"word = "(\w+)""#, in: Self.code("Solvers/\(file)"))
      }
      let listed = try ArticleText.matches(
        #"(?m)^\| (`\w+`(?:, `\w+`)*) \| (?!name)"#, in: Self.section(heading)
      ).joined(separator: ", ").components(separatedBy: ", ")
        .map { $0.trimmingCharacters(in: ["`"]) }
      #expect(words.count >= 10 && Set(listed) == Set(words))
    }
  }

  /// The value of `1_000` or `1 << 20`.
  private static func number(_ literal: String) -> Int {
    let parts = literal.components(separatedBy: " << ").map {
      Int($0.filter { $0 != "_" }) ?? 0
    }
    return parts.count == 2 ? parts[0] << parts[1] : parts[0]
  }

  @Test("Every name of a choice is listed", arguments: parts)
  func choices(part: Part) throws {
    var names = try ArticleText.matches(#"\("(\w+)", \.\w+\)"#, in: Self.code(part))
    names += try ArticleText.matches(#"case "(\w+)":"#, in: Self.code(part))
    for line in try ArticleText.matches(
      #"enum \w+: String, [^{]*CaseIterable \{\s*case ([\w, ]+)"#, in: Self.code(part))
    {
      names += line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let section = try Self.section(part.heading)
    for name in names {
      #expect(section.contains("`\(name)`"), "\(name) is not listed")
    }
  }
}
