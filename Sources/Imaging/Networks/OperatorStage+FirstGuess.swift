import Tensors

extension OperatorStage {
  /// How many pixels away a pixel is felt in ``firstGuess(for:)``.
  public static let firstGuessReach = radius

  /// A linear map from `A^* y` to a first guess of the picture:
  ///
  ///     x = A^* y / A^* A 1,   but where less than half is seen:   x = G A^* y / G A^* A 1
  ///
  /// `G` means over 9 x 9 pixels with weights `1/((1 + i^2)(1 + j^2))`, which fill in pixels that are not
  /// known.
  public static func firstGuess(for map: any LinearOperator) -> OperatorStage {
    OperatorStage(FirstGuess(map))
  }

  fileprivate static let radius = 4
}

/// See ``OperatorStage/firstGuess(for:)``.
private struct FirstGuess: LinearOperator {
  let input: ImageShape
  var output: ImageShape { input }
  let norm: Double
  /// What a pixel is multiplied by, and what the mean around it is.
  private let own: Diagonal
  private let around: Diagonal
  /// `nil` where everything is seen.
  private let mean: Window?

  init(_ map: any LinearOperator) {
    input = map.input
    let pool = WorkerPool(threads: 1)
    let plane = input.with(channels: 1)
    let ones = Tensor<Double>(repeating: 1, shape: input.batch(1))
    let sight = Array(map.adjoint(of: map.apply(ones, on: pool), on: pool).scalars[..<plane.pixels])
    let isSeen = sight.map { $0 > 0.5 }
    let window = Window(plane)
    var means = sight
    if isSeen.contains(false), let seen = try? Tensor<Double>(shape: plane.batch(1), scalars: sight) {
      means = window.apply(seen, on: pool).scalars
    }
    own = Diagonal(input, zip(sight, isSeen).map { $1 ? 1 / $0 : 0 })
    around = Diagonal(input, zip(means, isSeen).map { $1 || $0 < 1e-6 ? 0 : 1 / $0 })
    mean = isSeen.contains(false) ? Window(input) : nil
    norm = own.norm + around.norm
  }

  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    own.apply(x, into: &y, on: pool)
    guard let mean else { return }
    y.combine(1, 1, flat(around.apply(mean.apply(x, on: pool), on: pool), as: y))
  }

  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool) {
    own.apply(y, into: &x, on: pool)
    guard let mean else { return }
    x.combine(1, 1, flat(mean.apply(around.apply(y, on: pool), on: pool), as: x))
  }

  private func flat<S: TensorScalar>(_ x: Tensor<S>, as other: Tensor<S>) -> Tensor<S> {
    (try? x.reshaped(to: other.shape)) ?? x
  }
}

/// `G`: a convolution with symmetric weights and zeros around the picture, its own adjoint.
private struct Window: LinearOperator {
  let input: ImageShape
  var output: ImageShape { input }
  var norm: Double { 1 }
  private let weights: [Double]

  init(_ input: ImageShape) {
    self.input = input
    let radius = OperatorStage.radius
    let tail = (-radius...radius).map { 1 / Double(1 + $0 * $0) }
    weights = tail.map { $0 / tail.reduce(0, +) }
  }

  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    let (height, width, radius) = (input.height, input.width, OperatorStage.radius)
    withBatches(x, input, into: &y, input) { x, y, pictures in
      pool.forEach(pictures * input.channels) { plane in
        let (x, y) = (x + plane * input.pixels, y + plane * input.pixels)
        var rows = [S](repeating: 0, count: input.pixels)
        for i in 0..<height {
          for k in max(-radius, -i)...min(radius, height - 1 - i) {
            let weight = S(weights[k + radius])
            for j in 0..<width { rows[i * width + j] += weight * x[(i + k) * width + j] }
          }
        }
        y.update(repeating: 0, count: input.pixels)
        for i in 0..<height {
          for j in 0..<width {
            for k in max(-radius, -j)...min(radius, width - 1 - j) {
              y[i * width + j] += S(weights[k + radius]) * rows[i * width + j + k]
            }
          }
        }
      }
    }
  }

  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool) {
    apply(y, into: &x, on: pool)
  }
}
