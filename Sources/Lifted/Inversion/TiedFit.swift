import Proximal
import Tensors

/// Least squares of one row on tied groups: conjugate gradients on the normal equations of a ``QuadraticModel``.
struct TiedFit<S: TensorScalar> {
  let problem: LayerInversion<S>
  let model: QuadraticModel
  let groups: Groups<S>
  let pool: WorkerPool

  /// Some steps from the groups' means of `answer`, which `look` sees after each.
  func fit(_ answer: Tensor<S>, steps: Int, look: (Int, Tensor<S>) -> Void = { _, _ in })
    -> Tensor<S>
  {
    var u = groups.averaged(answer)
    let z = problem.preactivation(at: u, on: pool).scalars
    var r = model.active.indices.map { model.targets[$0] - Double(z[model.active[$0]]) }
    var gradient = pull(r, over: answer.shape)
    var direction = gradient
    var square = gradient.squaredNorm
    for step in 0..<steps {
      let moved = groups.spread(direction, over: answer.shape)
      let image = linear(moved)
      let curvature = image.indices.reduce(0.0) {
        $0 + model.weights[$1] * image[$1] * image[$1]
      }
      if curvature > 0, square > 0 {
        let length = square / curvature
        u.combine(1, S(length), moved)
        for place in r.indices { r[place] -= length * image[place] }
        gradient = pull(r, over: answer.shape)
        let next = gradient.squaredNorm
        direction = sum(1, gradient, next / square, direction)
        square = next
      }
      look(step, u)
    }
    return u
  }

  /// `A v` at the active measurements.
  private func linear(_ v: Tensor<S>) -> [Double] {
    var z = Tensor<S>(shape: problem.measurements.shape)
    problem.layer.stage.apply(problem.theta, to: v, into: &z, on: pool, finish: nil)
    return model.active.map { Double(z.scalars[$0]) }
  }

  /// The groups' part of `A^* (omega r)`.
  private func pull(_ r: [Double], over shape: [Int]) -> Tensor<S> {
    var z = Tensor<S>(shape: problem.measurements.shape)
    z.withMutablePointer { z in
      for (place, active) in model.active.enumerated() {
        z[active] = S(model.weights[place] * r[place])
      }
    }
    var u = Tensor<S>(shape: shape)
    problem.layer.stage.adjoint(problem.theta, of: z, into: &u, on: pool, finish: nil)
    return groups.gathered(u)
  }
}

/// The tied groups of a row, with an orthonormal basis: a group of `n` numbers moves by `1/sqrt(n)` each.
struct Groups<S: TensorScalar> {
  /// How many there are.
  let count: Int
  private let labels: [Int?]
  private let scales: [Double]

  init(of u: Tensor<S>, by j: some TiedRegulariser, tolerance: Double) {
    var ties = Ties(count: u.count)
    u.withPointer { j.tie(&ties, of: $0, count: u.count, tolerance: tolerance) }
    (labels, count) = ties.labels()
    var sizes = [Double](repeating: 0, count: count)
    for case let label? in labels { sizes[label] += 1 }
    scales = sizes.map { 1 / $0.squareRoot() }
  }

  /// Coefficients of the basis to numbers.
  func spread(_ t: Tensor<S>, over shape: [Int]) -> Tensor<S> {
    var u = Tensor<S>(shape: shape)
    u.withMutablePointer { u in
      t.withPointer { t in
        for (i, label) in labels.enumerated() {
          if let label { u[i] = S(scales[label]) * t[label] }
        }
      }
    }
    return u
  }

  /// The transpose of ``spread(_:over:)``.
  func gathered(_ u: Tensor<S>) -> Tensor<S> {
    var sums = [Double](repeating: 0, count: count)
    for (i, label) in labels.enumerated() {
      if let label { sums[label] += scales[label] * Double(u.scalars[i]) }
    }
    var t = Tensor<S>(shape: [count])
    t.withMutablePointer { t in for i in sums.indices { t[i] = S(sums[i]) } }
    return t
  }

  /// Each number the mean of its group; numbers in place as they are.
  func averaged(_ u: Tensor<S>) -> Tensor<S> {
    var mean = spread(gathered(u), over: u.shape)
    mean.withMutablePointer { mean in
      for (i, label) in labels.enumerated() where label == nil { mean[i] = u.scalars[i] }
    }
    return mean
  }
}
