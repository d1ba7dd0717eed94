import ArgumentParser
import Foundation
import Imaging
import Interchange
import Lifted
import Runs
import Tensors

/// `lifted restore`.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restore pictures by a trained network, or by a method without learning.",
    discussion: """
      lifted restore runs/denoise-lifted-s1 noisy/ photo.png --output clean
      lifted restore --method tv noisy/ --noise 0.098 --output clean --reference originals/

      Colours are restored channel by channel; opacity and depth stay as they are. Files that cannot be \
      read are named and left out, and the exit status is then 1.
      """)

  enum Weights: String, ExpressibleByArgument, CaseIterable { case last, best }

  @Argument(
    help: ArgumentHelp(
      "A run folder, or a safetensors file with --recipe (neither with --method); then PNG files, and "
        + "folders of them.", valueName: "model-and-pictures"))
  var paths: [String]

  @OptionGroup var pictures: PictureOptions

  @Option(help: "A method without learning in place of a network: tv, nlm or wiener.")
  var method: ClassicalRestorer.Kind?

  @Option(help: "The method's weight; by default a multiple of the noise.")
  var weight: Double?

  @Option(help: "What the pictures have gone through, as in recipes; by default as in the training.")
  var `operator`: String?

  @Option(
    help: "Standard deviation of the noise, for pictures in [0, 1]; by default that of the training.")
  var noise: Double?

  @Option(help: "A PNG file, or a folder of files of the same names: known pixels are white.")
  var mask: String?

  @Option(help: "The clean picture, or a folder of files of the same names, to compare with.")
  var reference: String?

  @Option(help: "The recipe of a safetensors file.")
  var recipe: String?

  @Option(help: "Which weights of a run: those that validated best, or of the last checkpoint.")
  var weights = Weights.best

  @Option(help: "The most rows and columns that are computed at once.")
  var tile = 512

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard paths.count > (method == nil ? 1 : 0) else {
      throw ValidationError(
        method == nil ? "name a model and at least one picture" : "name at least one picture")
    }
    if let noise, !(noise >= 0 && noise.isFinite) {
      throw ValidationError("--noise must be a finite number, at least 0, not \(noise)")
    }
    if weight != nil, method == nil { throw ValidationError("--weight goes with --method") }
    if recipe != nil, method != nil { throw ValidationError("--recipe goes with a network") }
    guard (16...65_536).contains(tile) else {
      throw ValidationError("--tile must be between 16 and 65536, not \(tile)")
    }
  }

  func run() throws {
    let job = try self.job()
    let pool = compute.pool
    var (problems, written, rows) = (Problems(), Set<String>(), [PictureFigures]())
    var table: [[String]] = []
    let files = pictures.files(method == nil ? Array(paths.dropFirst()) : paths, &problems)
    for file in files {
      problems.collect {
        let target = try pictures.target(for: file, written: &written)
        let figures = try naming(file) { try restore(file, to: target, by: job, on: pool) }
        if !compute.quiet, reference == nil { print(target.relativePath) }
        guard let figures else { return }
        rows.append(figures)
        table.append([file.lastPathComponent] + Self.columns.map { figures.values.text($0) })
      }
    }
    if !table.isEmpty { print(Self.text(table, means: rows.means)) }
    if problems.count > 0 {
      Terminal.complain("lifted: \(problems.count) of \(files.count) pictures were left out")
    }
    try problems.finish()
  }

  /// What restores, what pictures have gone through, and the noise on one of them.
  private struct Job {
    let method: any RestorationMethod
    let `operator`: OperatorChoice
    let sigma: (Tensor<Float>) -> Double
  }

  private func job() throws -> Job {
    let given = try self.operator.map { try OperatorChoice(yaml: $0) }
    if let method {
      guard let noise else {
        throw ToolError("--method \(method.rawValue) needs --noise, such as 0.1")
      }
      return Job(
        method: ClassicalRestorer(method, weight: weight), operator: given ?? .none,
        sigma: { _ in noise })
    }
    let (file, recipe) = try model(paths[0])
    let restorer = try PictureRestorer(weights: file, of: recipe, tile: tile)
    let choice = given ?? recipe.data.restoration?.operator ?? .none
    return Job(method: restorer, operator: choice) { y in
      noise ?? restorer.sigma(of: y, seen: choice)
    }
  }

  private func model(_ path: String) throws -> (weights: URL, recipe: Recipe) {
    if let recipe { return (URL(fileURLWithPath: path), try Recipe(named: recipe)) }
    guard URL(fileURLWithPath: path).isFolder else {
      throw ToolError("\(path): no run folder; for a safetensors file say its --recipe")
    }
    let folder = try RunFolder.open(URL(fileURLWithPath: path))
    return (
      weights == .best ? folder.bestWeights : folder.lastWeights,
      try Recipe(named: folder.recipe.relativePath)
    )
  }

  /// Restores one file; the figures if there is a reference.
  private func restore(
    _ file: URL, to target: URL, by job: Job, on pool: WorkerPool
  ) throws -> PictureFigures? {
    let picture = try PictureFile(reading: file)
    let mask = try mask.map {
      try PixelMask(reading: URL(fileURLWithPath: $0).counterpart(of: file))
    }
    let measurement = try picture.measurement(
      of: job.operator, sigma: job.sigma(picture.batch), mask: mask, on: pool)
    var restored = try job.method.restore(measurement, on: pool)
    restored.clip()
    try picture.write(restored, to: target)
    guard let reference else { return nil }
    let clean = try PictureFile(
      reading: URL(fileURLWithPath: reference).counterpart(of: file)
    ).planes
    guard clean.shape == Array(restored.shape[1...]) else {
      throw ToolError(
        "the reference has shape \(clean.shape), the restored picture \(restored.shape[1...])")
    }
    return PictureFigures(of: restored, measurement, clean: clean, on: pool)
  }

  private static let columns = ["input_psnr", "psnr", "input_ssim", "ssim"]

  private static func text(_ rows: [[String]], means: [String: Double]) -> String {
    let header = ["picture", "input PSNR", "PSNR", "input SSIM", "SSIM"]
    let mean = ["mean"] + columns.map { means.text($0) }
    return Terminal.table([header] + rows + (rows.count > 1 ? [mean] : []))
      + "\nPSNR in dB; data range 1"
  }
}

/// Puts the file's name before a problem that does not name it.
func naming<T>(_ file: URL, _ body: () throws -> T) throws -> T {
  do { return try body() } catch let error as FormatError {
    throw error
  } catch {
    throw ToolError("\(file.relativePath): \(error)")
  }
}

extension ClassicalRestorer.Kind: ExpressibleByArgument {}

extension [String: Double] {
  /// A figure with two decimals, four for those up to 1; `-` if there is none.
  fileprivate func text(_ name: String) -> String {
    self[name].map { String(format: name.hasSuffix("ssim") ? "%.4f" : "%.2f", $0) } ?? "-"
  }
}
