import Foundation
import Testing

@Suite("The articles agree with the code")
struct ArticleTests {
  private static let compiled = ["LiftedTests", "RunsTests", "ImagingTests"].flatMap {
    ArticleText.files(under: "Tests/\($0)/Documentation", endingIn: ".swift")
  }

  @Test("Every piece of Swift in an article is compiled and run here", arguments: ArticleText.paths)
  func swiftIsCompiled(path: String) throws {
    let sources = try Self.compiled.map { ArticleText.normalised(try ArticleText.read($0)) }
    let text = try ArticleText.read(path)
    // A manifest is no code of a test.
    for block in ArticleText.blocks(of: "swift", in: text) where !block.contains(".package(") {
      let code = ArticleText.normalised(block)
      #expect(sources.contains { $0.contains(code) }, "not compiled in a test:\n\(block)")
    }
  }

  @Test("Every recipe or study in an article is one that comes", arguments: ArticleText.paths)
  func recipesAreBuiltIn(path: String) throws {
    let files = ["Sources/Runs/Recipes", "Sources/Runs/Inversions", "studies"].flatMap {
      ArticleText.files(under: $0, endingIn: ".yaml")
    }
    let recipes = try files.map {
      ArticleText.normalised(try ArticleText.read($0))
    }
    for block in ArticleText.blocks(of: "yaml", in: try ArticleText.read(path)) {
      #expect(recipes.contains { $0.contains(ArticleText.normalised(block)) }, "\(block)")
    }
  }

  @Test(
    "Every file that a text names exists",
    arguments: ArticleText.paths + ["docs/paper-map.md", "docs/dependencies.md", "CONTRIBUTING.md"])
  func filesExist(path: String) throws {
    let pattern = "[`(]((?:Sources|Tests|Scripts|docs|Benchmarks|Protobuf)/[A-Za-z0-9_./+-]+)[`)]"
    for named in try ArticleText.matches(pattern, in: ArticleText.read(path)) {
      let url = ArticleText.root.appendingPathComponent(named)
      #expect(FileManager.default.fileExists(atPath: url.path), "\(path) names \(named)")
    }
  }

  @Test(
    "Every row of a table has as many cells as its head",
    arguments: ArticleText.paths + ["docs/paper-map.md", "docs/dependencies.md"])
  func tablesAreRectangular(path: String) throws {
    var width: Int?
    for line in try ArticleText.read(path).components(separatedBy: "\n") {
      let cells = line.replacing("\\|", with: "").count { $0 == "|" }
      guard line.hasPrefix("|") else {
        width = nil
        continue
      }
      #expect(cells == width ?? cells, "\(path): \(line)")
      width = cells
    }
  }

  @Test("The products that the README tells people to depend on are in the manifest")
  func productsExist() throws {
    let named = try ArticleText.matches(
      #"\.product\(name: "(\w+)", package: "lifted""#, in: ArticleText.read("README.md"))
    let made = try ArticleText.matches(
      #"\.library\(name: "(\w+)""#, in: ArticleText.read("Package.swift"))
    #expect(!named.isEmpty)
    #expect(Set(named).isSubset(of: Set(made)))
  }
}
