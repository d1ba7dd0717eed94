import RealModule
import Tensors

extension UnrolledNetwork {
  /// Parameters to start from: every `L` the cosine filters of lowest frequency without the constant one,
  /// every `S` its adjoint.
  ///
  /// The filters are orthonormal on a patch and divided by the kernel's side, so that `||L|| <= 1`; with
  /// all but the constant one `L^* L` is the identity less the mean over a patch, but for the border. The
  /// untrained network is then the first steps of soft-thresholding in that frame.
  /// - Throws: as ``network()``.
  public func cosineFilters<S: TensorScalar>() throws -> Parameters<S> {
    let network = try network()
    let filters: Tensor<S> = self.filters()
    var theta = Parameters<S>(zerosFor: network)
    for l in theta.layers.indices {
      // The last layer of a dual scheme is `d - S u`.
      let isLast = scheme.isDual && l == theta.layers.count - 1
      for slot in theta.layers[l].indices {
        theta.layers[l][slot] = isLast ? filters.scaled(by: -1) : filters
      }
    }
    return theta
  }

  /// Shape `(features, channels, kernel, kernel)`.
  private func filters<S: TensorScalar>() -> Tensor<S> {
    let (bases, between) = (cosines(kernel), cosines(image.channels))
    var filters = Tensor<S>(shape: [features, image.channels, kernel, kernel])
    for (feature, f) in frequencies.prefix(features).enumerated() {
      for c in 0..<image.channels {
        for i in 0..<kernel {
          for j in 0..<kernel {
            filters[feature, c, i, j] = S(
              between[f.channel][c] * bases[f.row][i] * bases[f.column][j] / Double(kernel))
          }
        }
      }
    }
    return filters
  }

  /// All but the constant one, lowest first.
  private var frequencies: [(channel: Int, row: Int, column: Int)] {
    let all = (0..<image.channels).flatMap { c in
      (0..<kernel).flatMap { i in (0..<kernel).map { (channel: c, row: i, column: $0) } }
    }
    func order(_ f: (channel: Int, row: Int, column: Int)) -> Int {
      (f.row + f.column + kernel * f.channel) * 1_000_000 + f.channel * 10_000 + f.row * 100
    }
    return all.sorted { order($0) < order($1) }.dropFirst().map { $0 }
  }

  /// The orthonormal cosine basis of `n` points (DCT-II): row `k` is the `k`-th.
  private func cosines(_ n: Int) -> [[Double]] {
    (0..<n).map { k in
      let scale = ((k == 0 ? 1 : 2) / Double(n)).squareRoot()
      return (0..<n).map { i in
        scale * Double.cos(.pi * (Double(i) + 0.5) * Double(k) / Double(n))
      }
    }
  }
}
