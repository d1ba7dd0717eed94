import ArgumentParser
import Foundation
import Lifted
import Runs
import Tensors

/// `lifted invert`.
struct Invert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the input of a trained network from its output, by regularised inversion.",
    discussion: """
      lifted invert perceptron
      lifted invert encoder.onnx codes.npy --regulariser tv --alpha 1e-4 --output answers
      lifted invert runs/code-lifted-s1 codes.npy --layers 6 --start decoder --alpha 1e-4

      Takes a recipe for inversion, or a model (a run folder, an ONNX file, or the YAML file of an \
      architecture) and NPY files of measurements, one in each row. Writes the unknowns as NPY and, if \
      they are pictures, as PNG, with figures and a report.
      """)

  @Argument(
    help: ArgumentHelp(
      "A recipe for inversion, or a model and NPY files of measurements.",
      valueName: "recipe, or model and measurements"))
  var paths: [String]

  @Option(name: .shortAndLong, help: "The folder to make; by default inversions/NAME.")
  var output: String?

  @Option(
    help: "What is known of the unknown: tikhonov, l1, nonnegative, tv, tgv, or YAML as in recipes."
  )
  var regulariser: String?

  @Option(help: "The regulariser's weight: a number, auto (by --noise), or YAML as in recipes.")
  var alpha: String?

  @Option(help: "The norm of the noise over that of the measurement, such as 0.01.")
  var noise: Double?

  @Option(help: "Where to start: zero, adjoint, decoder, or {file: start.npy}.")
  var start: String?

  @Option(help: "Only the first so many layers of the model, such as those of an encoder.")
  var layers: Int?

  @Option(
    parsing: .upToNextOption,
    help: "Extents of the unknown where the model does not say: channels rows columns.")
  var shape: [Int] = []

  @Option(help: "The true unknowns, to compare with: an NPY file or a PNG picture.")
  var truth: String?

  @Option(help: "The rule, such as primalDual, fista, sweeps or backPropagation.")
  var rule: String?

  @Option(help: "The most iterations.")
  var iterations: Int?

  @Option(help: "The seed, instead of the recipe's.")
  var seed: UInt64?

  @OptionGroup var settings: RecipeOptions
  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let recipe = try self.recipe()
    let folder = URL(fileURLWithPath: output ?? "inversions/\(recipe.name)")
    try InversionSession.check(folder)
    let pool = compute.pool
    var session = InversionSession(try InversionProblem(recipe, on: pool))
    var progress = InversionProgress(isQuiet: compute.quiet)
    try session.run(on: pool) { progress.show($0.name, $1) }
    try session.write(to: folder, on: pool)
    print(InversionTable(session).text)
    print("report: \(folder.appendingPathComponent("report.html").relativePath)")
    if session.answers.contains(where: { !$0.answer.unknowns.isFinite }) { throw ExitCode(2) }
  }

  /// The recipe that is named, or the one that model, measurements and options make, with the options laid over
  /// it.
  private func recipe() throws -> InversionRecipe {
    if paths.count == 1 {
      if layers != nil {
        throw ToolError("--layers goes with a model; in a recipe say model.layers")
      }
      return try InversionRecipe(named: paths[0], settings: options + settings.settings)
    }
    guard let alpha else {
      throw ToolError(
        "say --alpha, the weight of the regulariser: a number, or auto with --noise for a single layer"
      )
    }
    let name = URL(fileURLWithPath: paths[0]).deletingPathExtension().lastPathComponent
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    let layers = self.layers.map { ", layers: \($0)" } ?? ""
    let yaml = """
      name: \(quoted(name))
      model: {file: \(quoted(paths[0]))\(layers)}
      measurements: [\(paths.dropFirst().map(quoted).joined(separator: ", "))]
      alpha: \(alpha)
      """
    return try InversionRecipe(
      yaml: yaml, source: "lifted invert", settings: options + settings.settings)
  }

  /// The options as settings of a recipe.
  private var options: [String] {
    var options: [String] = []
    func lay(_ key: String, _ value: String?) { if let value { options.append("\(key)=\(value)") } }
    lay("regulariser", regulariser)
    lay("alpha", alpha)
    lay("noise", noise.map { "\($0)" })
    lay("start", start)
    lay("truth", truth.map { "{source: file, file: \"\($0)\"}" })
    lay("unknown", shape.isEmpty ? nil : "\(shape)")
    lay("seed", seed.map { "\($0)" })
    if rule != nil || iterations != nil {
      let iterations = iterations.map { ", iterations: \($0)" } ?? ""
      let rule = self.rule ?? "automatic"
      let name = self.rule ?? "lifted"
      lay("methods", "[{name: \(name), rule: \(rule)\(iterations)}]")
    }
    return options
  }
}

/// How inversions go on, on standard error.
private struct InversionProgress {
  let isQuiet: Bool
  private var name = ""
  private var lines = 0

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  mutating func show(_ method: String, _ look: InversionAnswer.Look) {
    guard !isQuiet else { return }
    if method != name {
      (name, lines) = (method, 0)
      Terminal.complain("\(method)\niteration   objective    fidelity")
    }
    // The first ten, then every tenth, every hundredth.
    lines += 1
    let stride = lines <= 10 ? 1 : lines <= 100 ? 10 : 100
    guard lines.isMultiple(of: stride) else { return }
    Terminal.complain(
      String(format: "%9d  %10.4e  %10.4e", look.iteration, look.objective, look.fidelity))
  }
}

/// Means over the unknowns, one row for each method.
private struct InversionTable {
  let session: InversionSession

  init(_ session: InversionSession) { self.session = session }

  private static let columns = [
    ("psnr", "PSNR", "%.2f"), ("start_psnr", "start's", "%.2f"), ("rmse", "rms error", "%.3e"),
    ("fidelity", "fidelity", "%.3e"), ("alpha", "alpha", "%.3g"),
    ("iterations", "iterations", "%.0f"),
  ]

  var text: String {
    let means = session.answers.map(\.answer.means)
    let columns = Self.columns.filter { column in means.contains { $0[column.0] != nil } }
    let rows = session.answers.map { method, answer in
      [method.name]
        + columns.map { column in
          answer.means[column.0].map { String(format: column.2, $0) } ?? "-"
        } + [String(format: "%.1f", answer.cpuSeconds)]
    }
    let header = ["method"] + columns.map(\.1) + ["CPU seconds"]
    let notes = session.answers.flatMap { method, answer in
      answer.notes.map { "\(method.name): \($0)" }
    }
    let unit = means.contains { $0["psnr"] != nil } ? ["PSNR in dB, data range 1"] : []
    return ([Terminal.table([header] + rows)] + unit + notes).joined(separator: "\n")
  }
}
