import Foundation
import Imaging
import Lifted
import Tensors

/// How near a restored picture is to the clean one, over the pixels that are known, data range 1.
public struct PictureFigures: Sendable {
  /// `mean (x - r)^2` of the restored picture.
  public let meanSquaredError: Double
  /// Figures by name: `psnr` in dB and `ssim` of the restored picture, `input_psnr` and `input_ssim` of
  /// what was measured, where that is a picture of the same extents. SSIM needs 11 x 11 pixels.
  public let values: [String: Double]

  /// - Parameters:
  ///   - restored: a batch of one.
  ///   - measurement: what it was restored from.
  ///   - clean: what it should be, shape `(channels, height, width)`.
  ///   - pool: shares the work.
  public init(
    of restored: Tensor<Float>, _ measurement: Measurement, clean: Tensor<Float>,
    on pool: WorkerPool
  ) {
    let observed = measurement.observed
    let truth = clean.known(by: observed)
    let dataRange = 1.0
    func figures(_ x: Tensor<Float>, _ prefix: String) -> [String: Double] {
      let x = x.asPicture.known(by: observed)
      let psnr = PeakSignalToNoise(dataRange: dataRange)(x.asBatch, reference: truth.asBatch)[0]
      let ssim = try? StructuralSimilarity(dataRange: dataRange)(
        x.asBatch, reference: truth.asBatch, shape: truth.pictureShape, on: pool)
      return [prefix + "psnr": psnr].merging(ssim.map { [prefix + "ssim": $0[0]] } ?? [:]) { $1 }
    }
    let input =
      measurement.y.count == restored.count ? figures(measurement.y, "input_") : [:]
    let own = figures(restored, "")
    values = own.merging(input) { $1 }
    meanSquaredError = pow(10, -(own["psnr"] ?? .nan) / 10)
  }
}

extension [PictureFigures] {
  /// Means of each figure that all have.
  public var means: [String: Double] {
    let names = first.map { Array<String>($0.values.keys) } ?? []
    return names.reduce(into: [:]) { means, name in
      let values = compactMap { $0.values[name] }
      if values.count == count { means[name] = values.reduce(0, +) / Double(count) }
    }
  }
}

extension Tensor<Float> {
  /// The part of a picture that is known, where that is a rectangle; the whole picture without a mask.
  fileprivate func known(by mask: PixelMask?) -> Tensor {
    guard let mask, let first = mask.known.firstIndex(of: true),
      let last = mask.known.lastIndex(of: true)
    else { return self }
    let (top, left) = first.quotientAndRemainder(dividingBy: mask.width)
    let (bottom, right) = last.quotientAndRemainder(dividingBy: mask.width)
    return cut(to: PixelWindow(rows: top..<bottom + 1, columns: left..<right + 1))
  }
}
