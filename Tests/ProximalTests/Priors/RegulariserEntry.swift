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
  /// Whether a gap is proven, so that accuracy can be had.
  var provesGaps = true
  /// The accuracy to which it is solved: with auxiliary variables it takes many iterations.
  var accuracy: Double { j.auxiliaries(columns: columns) > 0 ? 1e-4 : 1e-7 }

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

  static let generalised: [RegulariserEntry] = {
    [(1, 1, 9), (1, 7, 1), (1, 6, 7), (2, 4, 5)].flatMap { channels, height, width in
      TotalVariation.Channels.allCases.compactMap { coupling in
        let shape = shape(channels, height, width)
        guard
          let j = try? TotalGeneralisedVariation(
            shape, alpha1: 1.1, alpha0: 1.7, channels: coupling)
        else { return nil }
        return RegulariserEntry(
          testDescription: "TGV \(shape) \(coupling)", j: j, columns: shape.count, isSharp: false)
      }
    }
  }()

  static let simple: [RegulariserEntry] = {
    let around = try? Tikhonov(centre: [1, -2, 0, 3, 0.5, 1, 1, 2])
    let groups = try? GroupSoftThreshold(alpha: 0.6, groupSize: 4)
    let haar = try? WaveletNorm(shape(1, 1, 8), .haar, levels: 2)
    let daubechies = try? WaveletNorm(shape(2, 4, 8), .daubechies4, levels: 2, countsAverages: true)
    let named: [(String, (any Regulariser)?)] = [
      ("Tikhonov", Tikhonov()), ("Tikhonov around a row", around), ("L1", L1Norm()),
      ("Box", Box(-0.5...1)), ("Nonnegative", Box.nonnegative),
      ("Simplex", Potential(of: Sparsemax())), ("Groups", groups.map { Potential(of: $0) }),
      ("Haar", haar), ("Daubechies", daubechies),
    ]
    return named.compactMap { name, j in
      j.map {
        RegulariserEntry(testDescription: name, j: $0, columns: name == "Daubechies" ? 64 : 8)
      }
    }
  }()

  /// Sums, with the index of a term that has no linear map and is not the sum's `g`, if there is one.
  static let sums: [RegulariserEntry] = {
    let shape = Self.shape(1, 4, 5)
    let variation = TotalVariation(shape)
    guard let generalised = try? TotalGeneralisedVariation(shape, alpha1: 0.8, alpha0: 1.2),
      let boxed = try? RegulariserSum((1, Box(-0.5...1)), (0.7, variation), columns: 20),
      let sparse = try? RegulariserSum(
        (0.2, Tikhonov()), (1, variation), (0.3, L1Norm()), columns: 20),
      let flat = try? RegulariserSum((0.2, L1Norm()), (1, variation), columns: 20),
      let nested = try? RegulariserSum((0.5, flat), (0.4, Tikhonov()), columns: 20),
      let three = try? RegulariserSum(
        (1, Box.nonnegative), (0.5, generalised), (0.3, L1Norm()), columns: 20)
    else { return [] }
    return [
      RegulariserEntry(testDescription: "Box + TV", j: boxed, columns: 20),
      RegulariserEntry(testDescription: "Tikhonov + TV + L1", j: sparse, columns: 20),
      RegulariserEntry(testDescription: "(L1 + TV) + Tikhonov", j: nested, columns: 20),
      RegulariserEntry(
        testDescription: "Nonnegative + TGV + L1", j: three, columns: 20, isSharp: false,
        provesGaps: false),
    ]
  }()

  static let composed = variations + generalised + sums
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
