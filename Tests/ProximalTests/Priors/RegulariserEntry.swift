import Proximal
import Tensors
import Testing

/// A regulariser with rows that it takes.
struct RegulariserEntry: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let j: any Regulariser
  let columns: Int
  /// Whether ``Regulariser/squaredNorm(columns:)`` is exact.
  var isSharp = true
  /// Whether `h` is a norm.
  var isNorm = true

  static func shape(_ channels: Int, _ height: Int, _ width: Int) -> ImageShape {
    guard let shape = try? ImageShape(channels: channels, height: height, width: width) else {
      preconditionFailure("no image of \(channels) x \(height) x \(width)")
    }
    return shape
  }

  static let variations: [RegulariserEntry] = {
    var entries: [RegulariserEntry] = []
    for (channels, height, width) in [(1, 1, 9), (1, 6, 1), (1, 5, 6), (3, 4, 5), (2, 1, 7)] {
      for length in TotalVariation.Length.allCases {
        for coupling in TotalVariation.Channels.allCases where channels > 1 || coupling == .separate
        {
          let shape = shape(channels, height, width)
          entries.append(
            RegulariserEntry(
              testDescription: "TV \(shape) \(length) \(coupling)",
              j: TotalVariation(shape, length, channels: coupling), columns: shape.count))
        }
      }
    }
    return entries
  }()

  static let simple: [RegulariserEntry] = [
    RegulariserEntry(testDescription: "Tikhonov", j: Tikhonov(), columns: 7),
    RegulariserEntry(
      testDescription: "Tikhonov around a row",
      j: (try? Tikhonov(centre: [1, -2, 0, 3, 0.5, 1, 1])) ?? Tikhonov(), columns: 7),
    RegulariserEntry(testDescription: "L1", j: L1Norm(), columns: 7),
    RegulariserEntry(testDescription: "Box", j: Box(-0.5...1), columns: 7),
    RegulariserEntry(testDescription: "Nonnegative", j: Box.nonnegative, columns: 7),
  ]

  static let composed = variations
  static let all = simple + composed
}

func noise(_ shape: [Int], seed: UInt64 = 1, scale: Double = 1) -> Tensor<Double> {
  var stream = RandomStream(seed: seed, .probe)
  return .normal(shape: shape, standardDeviation: scale, from: &stream)
}

/// `K (u, w)` and `K^* p` of one regulariser.
struct LinearPart {
  let j: any Regulariser
  let columns: Int
  let pool: WorkerPool
  var auxiliaries: Int { j.auxiliaries(columns: columns) }
  var duals: Int { j.duals(columns: columns) }

  func apply<S>(_ u: Tensor<S>, _ w: Tensor<S>) -> Tensor<S> {
    var p = Tensor<S>(repeating: .nan, shape: [u.rows, duals])
    j.apply(u, w, into: &p, on: pool)
    return p
  }

  func adjoint<S>(_ p: Tensor<S>) -> (u: Tensor<S>, w: Tensor<S>) {
    var u = Tensor<S>(repeating: .nan, shape: [p.rows, columns])
    var w = Tensor<S>(repeating: .nan, shape: [p.rows, auxiliaries])
    j.adjoint(of: p, into: &u, &w, on: pool)
    return (u, w)
  }
}
