import ArgumentParser
import Imaging
import Lifted

/// The perceptron of the literature: a picture from 512 rectified random looks at it, total variation.
struct Perceptron: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Inverts a rectifier of 512 random units by total variation.")

  @Option(
    help:
      "Folder with weight.npy, offset.npy, truth.npy, noise.npy of Benchmarks/inversion_reference.py; without it an instance from --seed."
  )
  var folder: String?
  @Option(help: "The seed of an instance of our own.")
  var seed: UInt64 = 1
  @Option(help: "Threads.")
  var threads = 2

  func run() throws {
    let instance = try folder.map { try PerceptronInstance(folder: $0) } ?? .init(seed: seed)
    let pool = WorkerPool(threads: threads)
    let tables = PerceptronTables(instance: instance, pool: pool)
    print("PSNR in dB, W and b divided by sqrt(512)\n")
    print(Figures.columns(try tables.quality()))
    print("\nChoices of alpha at 1 % noise\n")
    print(Figures.columns(try tables.choices()))
    print("\nIterations to 1 % of the least objective, no noise\n")
    print(Figures.columns(try tables.iterations()))
  }
}
