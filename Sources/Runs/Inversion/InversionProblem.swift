import Foundation
import Imaging
import Interchange
import Lifted
import Proximal
import Tensors

/// A recipe for inversion, made ready: network, measurements, what is known of the unknown, where to start.
public struct InversionProblem: Sendable {
  /// What it was made from.
  public let recipe: InversionRecipe
  /// The network that has measured.
  public let network: Network
  /// Its parameters.
  public let parameters: Parameters<Float>
  /// The network as monotone residual blocks, if it is made of them.
  public let residual: MonotoneResidualNetwork<Float>?
  /// `f`, one measurement in each row.
  public let measurements: Tensor<Float>
  /// The unknowns, where they are known.
  public let truth: Tensor<Float>?
  /// The first guess; `nil` for zero.
  public let start: Tensor<Float>?
  /// `J`, or what stands for its proximal map.
  public let prior: any Prior
  /// Extents of an unknown.
  public let shape: ImageShape
  /// Whether unknowns are pictures, not rows of numbers.
  public let isPicture: Bool
  /// The standard deviation of the noise of each measurement; 0 for none.
  public let deviations: [Double]

  /// - Throws: an error of one line naming the file or the key at fault.
  public init(_ recipe: InversionRecipe, on pool: WorkerPool) throws {
    let model = try InvertedNetwork(recipe.model, unknown: recipe.unknown, recipe.seed, on: pool)
    self.recipe = recipe
    (network, parameters, residual) = (model.network, model.parameters, model.residual)
    (shape, isPicture) = (model.shape, model.isPicture)
    do { prior = try recipe.regulariser.make(on: shape) } catch let error as ProximalError {
      throw RecipeError(source: recipe.name, key: "regulariser", problem: error.description)
    }
    truth = try recipe.truth.map {
      try $0.unknowns(of: model.shape, seed: recipe.seed, source: recipe.name, on: pool)
    }
    let clean =
      recipe.measurements.isEmpty
      ? try model.outputs(of: truth, on: pool)
      : try Self.read(recipe.measurements, numbers: network.outputs)
    if let truth, truth.rows != clean.rows {
      throw RecipeError(
        source: recipe.name, key: "truth",
        problem: "\(truth.rows) unknowns for \(clean.rows) measurements; give one each")
    }
    measurements =
      recipe.measurements.isEmpty
      ? clean.withNoise(recipe.noise, seed: recipe.seed) : clean
    deviations = (0..<clean.rows).map { row in
      let f = clean.rows(row..<(row + 1))
      return recipe.noise * (f.squaredNorm / Double(f.count)).squareRoot()
    }
    start = try recipe.start.rows(for: measurements, model, of: recipe, on: pool)
  }

  /// The measurements of NPY files, one after another.
  private static func read(_ files: [String], numbers: Int) throws -> Tensor<Float> {
    var all: [Float] = []
    for file in files {
      let rows = try Tensor<Float>.rows(ofFile: file, numbers: numbers, called: "measurement")
      all += rows.scalars
    }
    return try Tensor(shape: [all.count / numbers, numbers], scalars: all)
  }

  /// `10 log10(1 / mean (u - truth)^2)` in dB of one row, data range 1; `nil` without a truth.
  public func psnr(of unknowns: Tensor<Float>, row: Int) -> Double? {
    rootMeanSquareError(of: unknowns, row: row).map { -20 * log10($0) }
  }

  /// The root mean square of `u - truth` of one row; `nil` without a truth.
  public func rootMeanSquareError(of unknowns: Tensor<Float>, row: Int) -> Double? {
    guard let truth else { return nil }
    var difference = unknowns.rows(row..<(row + 1))
    difference.combine(1, -1, truth.rows(row..<(row + 1)))
    return (difference.squaredNorm / Double(difference.count)).squareRoot()
  }

  /// The mean over outputs of the head's Bregman loss of each row: half the mean square residual for an
  /// identity head.
  func fidelities(of unknowns: Tensor<Float>, on pool: WorkerPool) throws -> [Double] {
    let energy = try Energy(network, weightPenalty: .none)
    return try (0..<unknowns.rows).map { row in
      let point = try LiftedPoint(
        forward: unknowns.rows(row..<(row + 1)), output: measurements.rows(row..<(row + 1)),
        theta: parameters, network: network, on: pool)
      let loss = energy.value(at: point, on: pool).penalties[network.depth - 1]
      return loss / Double(network.outputs)
    }
  }
}

extension Tensor<Float> {
  /// Numbers of an NPY file as rows; a file of one row's numbers is one row.
  /// - Throws: `FormatError` for a file that cannot be read, ``RecipeError`` for one that does not fit or
  ///   holds numbers that are not finite.
  static func rows(ofFile path: String, numbers: Int, called what: String) throws -> Self {
    let file = URL(fileURLWithPath: path)
    func refuse(_ problem: String) -> RecipeError { RecipeError(source: path, problem: problem) }
    let tensor = try NPYFile.read(from: file).tensor.real(Float.self)
    guard tensor.count > 0, tensor.count % numbers == 0,
      tensor.count == numbers || tensor.columns == numbers
    else {
      throw refuse(
        "an array of shape \(tensor.shape) is no \(what) of \(numbers) numbers in each row; "
          + "give the rows that the network has")
    }
    if let index = tensor.scalars.firstIndex(where: { !$0.isFinite }) {
      throw refuse(
        "\(what) \(index / numbers) holds \(tensor.scalars[index]) at number \(index % numbers); every number "
          + "must be finite")
    }
    return try tensor.reshaped(to: [tensor.count / numbers, numbers])
  }

  /// The rows with normal noise whose norm is the given fraction of theirs.
  fileprivate func withNoise(_ fraction: Double, seed: UInt64) -> Self {
    guard fraction > 0 else { return self }
    var noisy = self
    let width = columns
    noisy.withMutablePointer { f in
      for row in 0..<rows {
        var stream = RandomStream(seed: seed, .noise, lane: UInt64(row))
        let noise = (0..<width).map { _ in stream.normal() }
        let f = f + row * width
        let norm = (0..<width).reduce(0.0) { $0 + Double(f[$1]) * Double(f[$1]) }.squareRoot()
        let length = noise.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in 0..<width { f[i] += Float(fraction * norm / length * noise[i]) }
      }
    }
    return noisy
  }
}
