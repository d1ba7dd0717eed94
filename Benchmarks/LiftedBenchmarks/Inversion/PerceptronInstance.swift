import Foundation
import Interchange
import Lifted

/// A rectifier of 512 random units that looks at a picture of 64 x 64.
struct PerceptronInstance {
  /// `(outputs, pixels)`, standard normal numbers.
  let weight: Tensor<Float>
  /// Standard normal numbers.
  let offset: Tensor<Float>
  /// The picture, one row, in [0, 1].
  let truth: Tensor<Float>
  /// Standard normal numbers, one row.
  let noise: Tensor<Float>
  let shape: ImageShape

  static let (side, outputs) = (64, 512)

  /// The files `weight.npy`, `offset.npy`, `truth.npy` and `noise.npy` that
  /// `Benchmarks/inversion_reference.py perceptron` writes.
  init(folder: String) throws {
    func read(_ name: String, _ shape: [Int]) throws -> Tensor<Float> {
      let url = URL(fileURLWithPath: folder).appendingPathComponent(name)
      return try NPYFile.read(from: url).tensor.real(Float.self).reshaped(to: shape)
    }
    let (side, outputs) = (Self.side, Self.outputs)
    weight = try read("weight.npy", [outputs, side * side])
    offset = try read("offset.npy", [outputs])
    truth = try read("truth.npy", [1, side * side])
    noise = try read("noise.npy", [1, outputs])
    shape = try ImageShape(channels: 1, height: side, width: side)
  }

  /// An instance of our own: a disc, a box and a ring on a dark ground.
  init(seed: UInt64) throws {
    let (side, outputs) = (Self.side, Self.outputs)
    func normal(_ shape: [Int], _ lane: UInt64) -> Tensor<Float> {
      var stream = RandomStream(seed: seed, .synthesis, lane: lane)
      return .normal(shape: shape, from: &stream)
    }
    weight = normal([outputs, side * side], 0)
    offset = normal([outputs], 1)
    noise = normal([1, outputs], 2)
    var picture = Tensor<Float>(shape: [1, side * side])
    for y in 0..<side {
      for x in 0..<side {
        let disc = (x - 20) * (x - 20) + (y - 22) * (y - 22)
        let ring = (x - 44) * (x - 44) + (y - 18) * (y - 18)
        var level: Float = 0.1
        if disc < 144 { level = 0.9 }
        if (36..<144).contains(ring) { level = 0.6 }
        if (30..<54).contains(x), (38..<56).contains(y) { level = 0.4 }
        picture[0, y * side + x] = level
      }
    }
    truth = picture
    shape = try ImageShape(channels: 1, height: side, width: side)
  }

  /// Layer, parameters and measurements of a case. Weights, offsets and measurements are divided by the square
  /// root of the number of outputs.
  func measured(_ setting: PerceptronCase) throws -> MeasuredPerceptron {
    let layer = try dense(side * side, Self.outputs, ReLU())
    let scale = 1 / Float(Self.outputs).squareRoot()
    var theta = [weight.scaled(by: scale), offset.scaled(by: scale)]
    let network = try Network([layer])
    func output() throws -> Tensor<Float> {
      var parameters = Parameters<Float>(zerosFor: network)
      parameters.layers[0] = theta
      return network.output(of: truth, at: parameters, on: WorkerPool(threads: 1))
    }
    if setting.isMostlyDead {
      // The offsets fall by the standard deviation of A u.
      var bare = theta
      bare[1] = Tensor(shape: [Self.outputs])
      let linear = try Network([try dense(side * side, Self.outputs, Identity())])
      var parameters = Parameters<Float>(zerosFor: linear)
      parameters.layers[0] = bare
      let z = linear.output(of: truth, at: parameters, on: WorkerPool(threads: 1))
      let mean = z.scalars.reduce(0, +) / Float(z.count)
      let variance = z.scalars.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(z.count)
      theta[1] = theta[1].map { $0 - variance.squareRoot() }
    }
    let clean = try output()
    let length = (clean.squaredNorm / noise.squaredNorm).squareRoot() * setting.noise
    var noisy = clean
    noisy.combine(1, Float(length), noise)
    let deviation = (clean.squaredNorm / Double(clean.count)).squareRoot() * setting.noise
    let active = clean.scalars.count { $0 > 0 }
    return MeasuredPerceptron(
      layer: layer, theta: theta, raw: noisy, deviation: deviation,
      activeFraction: Double(active) / Double(clean.count))
  }

  private var side: Int { Self.side }
}

/// A setting of the perceptron.
struct PerceptronCase {
  let name: String
  /// The noise's norm as a fraction of the measurements'.
  var noise = 0.0
  var isMostlyDead = false
}

/// What was measured.
struct MeasuredPerceptron {
  let layer: Layer
  let theta: [Tensor<Float>]
  /// As measured, with negative numbers where there is noise.
  let raw: Tensor<Float>
  /// The noise's standard deviation.
  let deviation: Double
  /// Units that are not zero.
  let activeFraction: Double
}
