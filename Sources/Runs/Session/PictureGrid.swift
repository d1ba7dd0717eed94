import Foundation
import Interchange
import Lifted
import Tensors

/// Test pictures as a report shows them: clean, noisy and reconstructed with the PSNR of each, or with
/// true and predicted labels.
struct PictureGrid {
  let grid: ImageGrid

  init(_ experiment: Experiment, _ theta: Parameters<Float>, on pool: WorkerPool) throws {
    switch experiment.data.test {
    case .samples(let samples): try self.init(samples, experiment, theta, pool)
    case .pictures(let pictures): try self.init(pictures, experiment, theta, pool)
    }
  }

  private init(
    _ samples: ImageSamples, _ experiment: Experiment, _ theta: Parameters<Float>,
    _ pool: WorkerPool
  ) throws {
    let count = min(Self.count, samples.count)
    let batch: Batch<Float> = samples.batch(of: 0..<count, on: pool)
    let point = try LiftedPoint(
      forward: batch.inputs, theta: theta, network: experiment.network, on: pool)
    let output = point.x[experiment.network.depth]
    grid =
      experiment.recipe.data.task == .classification
      ? try Self.labelled(batch, output, experiment) : try Self.restored(batch, output, experiment)
  }

  private static let count = 9
  private static let wholePictures = 6

  /// Whole pictures: clean, measured, restored.
  private init(
    _ problems: PictureProblems, _ experiment: Experiment, _ theta: Parameters<Float>,
    _ pool: WorkerPool
  ) throws {
    let restorer = try PictureRestorer(experiment.recipe, theta)
    var rows: [ImageGrid.Row] = ["clean", "measured", "restored"].map {
      ImageGrid.Row(label: $0, pictures: [])
    }
    for number in 0..<min(Self.wholePictures, problems.count) {
      let (clean, measurement) = try problems.problem(number, on: pool)
      let restored = try restorer.restore(measurement, on: pool)
      let figures = PictureFigures(of: restored, measurement, clean: clean, on: pool).values
      let shown = [
        (clean, nil), (measurement.picture.asPicture, figures["input_psnr"]),
        (restored.asPicture, figures["psnr"]),
      ]
      for (row, (picture, psnr)) in shown.enumerated() {
        rows[row].pictures.append(
          ImageGrid.Picture(
            png: try PNGImage(planes: picture).encoded(name: "picture"),
            caption: psnr.map { String(format: "%.2f", $0) } ?? ""))
      }
    }
    grid = ImageGrid(
      title: "Test pictures", metric: "PSNR in dB", dataRange: 0...1, rows: rows)
  }

  private static func labelled(
    _ batch: Batch<Float>, _ output: Tensor<Float>, _ experiment: Experiment
  ) throws -> ImageGrid {
    let names = experiment.data.labelNames
    func name(_ label: Int) -> String {
      names.indices.contains(label) ? names[label] : "\(label)"
    }
    let pictures = try (0..<batch.inputs.rows).map { row in
      let (truth, guess) = (batch.targets.argmax(row: row), output.argmax(row: row))
      return ImageGrid.Picture(
        png: try png(batch.inputs, row, experiment),
        caption: truth == guess ? name(truth) : "\(name(truth)), taken for \(name(guess))",
        isCorrect: truth == guess)
    }
    return ImageGrid(title: "Test pictures", rows: [.init(label: "input", pictures: pictures)])
  }

  private static func restored(
    _ batch: Batch<Float>, _ output: Tensor<Float>, _ experiment: Experiment
  ) throws -> ImageGrid {
    func row(_ label: String, _ images: Tensor<Float>, scored: Bool) throws -> ImageGrid.Row {
      let pictures = try (0..<images.rows).map { row in
        ImageGrid.Picture(
          png: try png(images, row, experiment),
          caption: scored ? String(format: "%.1f", psnr(images, batch.targets, row)) : "")
      }
      return ImageGrid.Row(label: label, pictures: pictures)
    }
    return ImageGrid(
      title: "Test pictures", metric: "PSNR in dB", dataRange: 0...1,
      rows: [
        try row("clean", batch.targets, scored: false),
        try row("noisy", batch.inputs, scored: true),
        try row("reconstructed", output, scored: true),
      ])
  }

  /// `10 log10(1 / mean (x - y)^2)`, data range 1, before clipping for display.
  private static func psnr(_ x: Tensor<Float>, _ y: Tensor<Float>, _ row: Int) -> Double {
    var difference = x.rows(row..<(row + 1))
    difference.combine(1, -1, y.rows(row..<(row + 1)))
    return -10 * log10(difference.squaredNorm / Double(difference.count))
  }

  private static func png(
    _ images: Tensor<Float>, _ row: Int, _ experiment: Experiment
  ) throws -> Data {
    let pixels = try images.rows(row..<(row + 1)).reshaped(to: experiment.data.pictureShape)
    return Data(try PNGImage(pixels).encoded(name: "picture"))
  }
}
