import Imaging
import Lifted
import Tensors

/// Whole pictures that a network is judged on, and what is measured of them.
public struct PictureProblems: Sendable {
  /// Shape `(channels, height, width)` each.
  public let pictures: [Tensor<Float>]
  /// What they go through.
  public let degradation: Degradation

  /// Number of pictures.
  public var count: Int { pictures.count }

  /// A picture and what is measured of it, the same at every call.
  func problem(
    _ number: Int, on pool: WorkerPool
  ) throws -> (clean: Tensor<Float>, measurement: Measurement) {
    try degradation.measure(pictures[number], number: number, on: pool)
  }

  /// Restores every picture and compares.
  /// - Parameters:
  ///   - restorer: what restores.
  ///   - patchPixels: numbers of a training patch: the loss is that of so many pixels.
  ///   - pool: shares the work.
  func score(
    by restorer: PictureRestorer, patchPixels: Int, on pool: WorkerPool
  ) throws -> Score {
    var (loss, figures) = (0.0, [PictureFigures]())
    for number in pictures.indices {
      let (clean, measurement) = try problem(number, on: pool)
      let restored = try restorer.restore(measurement, on: pool)
      let figure = PictureFigures(of: restored, measurement, clean: clean, on: pool)
      let scale = restorer.scale(at: measurement.sigma)
      loss += Double(patchPixels) / 2 * figure.meanSquaredError * scale * scale
      figures.append(figure)
    }
    let means = figures.means
    return Score(
      loss: loss / Double(max(count, 1)), metric: means["psnr"] ?? .nan,
      others: means.filter { $0.key != "psnr" })
  }
}

/// What a network makes of samples that it is judged on.
struct Score {
  /// The mean loss of a sample; in restoration, of as many pixels as a patch has.
  let loss: Double
  /// The metric.
  let metric: Double
  /// Other figures by name.
  var others: [String: Double] = [:]
}
