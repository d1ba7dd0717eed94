import RealModule

/// A Gaussian blur of a picture whose borders are mirrors.
struct Lens {
  /// The weights of the centre and of its neighbours to one side.
  private let weights: [Float]

  /// - Parameter deviation: in pixels; 0 for a perfect lens.
  init(deviation: Double) {
    let reach = Int((3 * deviation).rounded(.up))
    let half = (0...reach).map { i in
      i == 0 ? 1 : Double.exp(-Double(i * i) / (2 * deviation * deviation))
    }
    let sum = 2 * half.reduce(0, +) - 1
    weights = half.map { Float($0 / sum) }
  }

  /// Blurs rows, then columns, in place.
  func blur(_ x: UnsafeMutablePointer<Float>, _ height: Int, _ width: Int) {
    guard weights.count > 1 else { return }
    for row in 0..<height { blur(x + row * width, count: width, stride: 1) }
    for column in 0..<width { blur(x + column, count: height, stride: width) }
  }

  private func blur(_ x: UnsafeMutablePointer<Float>, count: Int, stride: Int) {
    let line = (0..<count).map { x[$0 * stride] }
    func mirrored(_ i: Int) -> Float {
      let i = (i < 0 ? -1 - i : i) % (2 * count)
      return line[min(i, 2 * count - 1 - i)]
    }
    for i in 0..<count {
      x[i * stride] = weights.indices.dropFirst().reduce(weights[0] * line[i]) { sum, k in
        sum + weights[k] * (mirrored(i - k) + mirrored(i + k))
      }
    }
  }
}
