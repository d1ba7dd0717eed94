import RealModule

/// An independent, named stream of random numbers under one root seed.
///
/// The purpose is part of the key, so that adding a consumer changes no other; `lane` separates, say,
/// epochs or samples within a purpose. Every stream can be started anew at any lane.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// What the numbers are for.
  public enum Purpose: UInt64, Sendable {
    /// Initial weights.
    case initialisation = 1
    /// The order of samples, noise on inputs, the choice of validation samples, synthetic data, starts
    /// of power iterations, and probes.
    case dataOrder, noise, split, synthesis, powerIteration, probe
  }

  private let generator: Philox
  private let lane: UInt64
  private var index: UInt64 = 0
  private var words = SIMD4<UInt32>()
  private var used = 4
  private var spare: Double?

  /// The stream of a purpose at its start.
  /// - Parameters:
  ///   - seed: the root seed of the run.
  ///   - purpose: what the numbers are for.
  ///   - lane: tells apart streams of one purpose, such as epochs, layers or samples.
  public init(seed: UInt64, _ purpose: Purpose, lane: UInt64 = 0) {
    // The key is itself a Philox output: nearby seeds and purposes give unrelated keys.
    let mixed = Philox(key: seed).block(purpose.rawValue, lane: 0x6C69_6674_6564)
    generator = Philox(key: UInt64(mixed[0]) | UInt64(mixed[1]) << 32)
    self.lane = lane
  }

  private mutating func nextWord() -> UInt32 {
    if used == 4 {
      words = generator.block(index, lane: lane)
      index += 1
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return low | UInt64(nextWord()) << 32
  }

  /// A number uniform on the open interval (0, 1), 53 bits.
  public mutating func uniform() -> Double {
    (Double(next() >> 11) + 0.5) * 0x1p-53
  }

  /// A standard normal number (Box-Muller, both values used).
  public mutating func normal() -> Double {
    if let second = spare {
      spare = nil
      return second
    }
    let radius = Double.sqrt(-2 * Double.log(uniform()))
    let angle = 2 * Double.pi * uniform()
    spare = radius * Double.sin(angle)
    return radius * Double.cos(angle)
  }

  /// A random order of `0 ..< count` (Fisher-Yates).
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    order.shuffle(using: &self)
    return order
  }
}

extension Tensor {
  /// Independent normal numbers of mean 0 and the given standard deviation.
  public static func normal(
    shape: [Int], standardDeviation: Double = 1, from stream: inout RandomStream
  ) -> Tensor {
    var tensor = Tensor(shape: shape)
    tensor.withMutableSpan { span in
      for i in span.indices { span[i] = Scalar(standardDeviation * stream.normal()) }
    }
    return tensor
  }
}
