import ArgumentParser
import Foundation
import Imaging
import Interchange
import Lifted
import Runs
import Tensors

/// `lifted degrade`.
struct Degrade: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make test problems of pictures: blur, mask, downsample, noise.",
    discussion: """
      lifted degrade originals/ --noise 0.098 --output noisy
      lifted degrade photo.png --operator '{name: mask, known: 0.5}' --output holes

      The same seed and order of files give the same noise and masks. Numbers beyond [0, 1] are clipped, as \
      PNG files hold no others. Masks are written to the folder masks in the output.
      """)

  @Argument(help: "PNG files, and folders of them.")
  var paths: [String]

  @OptionGroup var pictures: PictureOptions

  @Option(help: "What the pictures go through before the noise, as in recipes.")
  var `operator` = "none"

  @Option(help: "Standard deviation of the noise, for pictures in [0, 1].")
  var noise = 0.0

  @Option(help: "The root of noise and masks.")
  var seed: UInt64 = 1

  @Option(help: "Bits of a number, 8 or 16; by default those of each picture.")
  var depth: Int?

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard noise >= 0, noise.isFinite else {
      throw ValidationError("--noise must be a finite number, at least 0, not \(noise)")
    }
    if let depth, PNGImage.Depth(rawValue: depth) == nil {
      throw ValidationError("--depth must be 8 or 16, not \(depth)")
    }
  }

  func run() throws {
    let choice = try OperatorChoice(yaml: `operator`)
    let degradation = Degradation(choice, noise: NoiseLevels(noise, noise), seed: seed)
    let pool = compute.pool
    var (problems, written) = (Problems(), Set<String>())
    let files = pictures.files(paths, &problems)
    for (number, file) in files.enumerated() {
      problems.collect {
        let target = try pictures.target(for: file, written: &written)
        let maskFile =
          choice.hasMask ? try pictures.target(for: file, in: "masks", written: &written) : nil
        try naming(file) {
          try degrade(file, number, degradation, to: target, maskFile, on: pool)
        }
        if !compute.quiet { print(target.relativePath) }
      }
    }
    try problems.finish()
  }

  private func degrade(
    _ file: URL, _ number: Int, _ degradation: Degradation, to target: URL, _ maskFile: URL?,
    on pool: WorkerPool
  ) throws {
    let picture = try PictureFile(reading: file)
    let measurement = try degradation.measure(picture.planes, number: number, on: pool).measurement
    if let mask = measurement.map as? Mask, let maskFile { try mask.mask.write(to: maskFile) }
    try picture.write(
      measurement.picture, depth: depth.flatMap(PNGImage.Depth.init(rawValue:)), to: target)
  }
}
