import Foundation
import Interchange
import Lifted
import Tensors

/// A recipe for inversion, solved by each of its methods, and the folder with what came of it:
///
///     recipe.yaml              the resolved recipe; running it again re-creates the folder
///     measurements.npy         one measurement in each row, noise and all
///     truth.npy                where it is known
///     METHOD.npy               the unknowns, in the form that the network takes
///     METHOD/1.png, …          the same as pictures
///     figures.csv              one line for each method and unknown
///     history.csv              objective and fidelity on the way
///     summary.json, report.html
public struct InversionSession: Sendable {
  /// The problem.
  public let problem: InversionProblem
  /// What each method has found, in the recipe's order.
  public private(set) var answers: [(method: InversionMethodRecipe, answer: InversionAnswer)] = []

  /// A session on a problem.
  public init(_ problem: InversionProblem) { self.problem = problem }

  /// Solves by every method.
  /// - Parameters:
  ///   - pool: shares the work.
  ///   - observe: told the method and how it goes on.
  /// - Throws: an error of one line naming the method that does not go with the problem.
  public mutating func run(
    on pool: WorkerPool, observe: (InversionMethodRecipe, InversionAnswer.Look) -> Void
  ) throws {
    for method in problem.recipe.methods {
      let start = Machine.cpuSeconds()
      var answer: InversionAnswer
      do {
        answer = try method.rule.solve(problem, on: pool) { observe(method, $0) }
      } catch let error as SolverError {
        throw RecipeError(
          source: problem.recipe.name, key: "methods.\(method.name)", problem: error.description)
      }
      answer.cpuSeconds = Machine.cpuSeconds() - start
      answers.append((method, answer))
    }
  }

  /// Refuses a folder that is there and not empty, before anything is computed.
  /// - Throws: ``RunFolderError/occupied(path:)``.
  public static func check(_ folder: URL) throws(RunFolderError) {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    let isThere = FileManager.default.fileExists(atPath: folder.path)
    if isThere, names?.isEmpty != true { throw .occupied(path: folder.relativePath) }
  }

  /// Writes the folder.
  /// - Throws: an error of one line.
  public func write(to url: URL, on pool: WorkerPool) throws {
    try Self.check(url)
    let folder = try RunFolder.create(at: url).url
    func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
    try AtomicFile.write(Data(try problem.recipe.yaml.utf8), to: file("recipe.yaml"))
    try NPYFile(problem.measurements).write(to: file("measurements.npy"))
    if let truth = problem.truth { try write(truth, to: file("truth.npy")) }
    for (method, answer) in answers {
      try write(answer.unknowns, to: file(method.name + ".npy"))
      if problem.isPicture {
        let pictures = file(method.name)
        try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
        for row in 0..<min(answer.unknowns.rows, Self.mostPictures) {
          let target = pictures.appendingPathComponent("\(row + 1).png")
          try AtomicFile.write(try problem.png(of: answer.unknowns, row: row), to: target)
        }
      }
    }
    try AtomicFile.write(Data(InversionCSV.figures(answers).utf8), to: file("figures.csv"))
    try AtomicFile.write(Data(InversionCSV.history(answers).utf8), to: file("history.csv"))
    let summary = InversionSummary(self, threads: pool.threads)
    try AtomicFile.write(
      try RunJSON.encoder(pretty: true).encode(summary) + Data("\n".utf8), to: file("summary.json"))
    try InversionPage(self, summary, folder: folder.relativePath).write(to: file("report.html"))
  }

  private static let mostPictures = 1000

  private func write(_ rows: Tensor<Float>, to file: URL) throws {
    let shape = problem.shape
    let extents =
      problem.isPicture ? [rows.rows, shape.channels, shape.height, shape.width] : rows.shape
    try NPYFile(try rows.reshaped(to: extents)).write(to: file)
  }
}

extension InversionProblem {
  /// An unknown as a picture.
  func png(of unknowns: Tensor<Float>, row: Int) throws -> Data {
    let planes = try unknowns.rows(row..<(row + 1)).reshaped(
      to: [shape.channels, shape.height, shape.width])
    let shown = [1, 3].contains(shape.channels) ? planes : planes.rows(0..<1)
    return Data(try PNGImage(planes: shown).encoded(name: "picture"))
  }
}
