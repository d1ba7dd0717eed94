import Proximal
import Tensors

/// The least squares of one row on tied groups.
struct TiedFit<S: TensorScalar> {
  private let problem: LayerInversion<S>
  private let answer: Tensor<S>
  private let model: QuadraticModel
  private let pool: WorkerPool

  init(
    _ problem: LayerInversion<S>, _ answer: Tensor<S>, model: QuadraticModel, _ pool: WorkerPool
  ) {
    (self.problem, self.answer, self.model, self.pool) = (problem, answer, model, pool)
  }

  private var count: Int { model.active.count }

  /// The polished answer, if it is one, and the report.
  func search(
    _ j: some TiedRegulariser, _ polish: LeastSquaresPolish
  ) -> (u: Tensor<S>?, report: PolishReport) {
    let before = error(of: residual(at: answer), held: nil, folds: 1)
    let range = Double((answer.scalars.max() ?? 0) - (answer.scalars.min() ?? 0))
    var best: (groups: Groups<S>, tolerance: Double, steps: Int, error: Double)?
    for tolerance in polish.tolerances {
      let groups = Groups(of: answer, by: j, tolerance: tolerance * range)
      guard groups.count > 0, groups.count < count * (polish.folds - 1) / polish.folds else {
        continue
      }
      let errors = validated(groups, polish)
      guard let steps = errors.indices.min(by: { errors[$0] < errors[$1] }) else { continue }
      if errors[steps] < best?.error ?? .infinity {
        best = (groups, tolerance, steps + 1, errors[steps])
      }
    }
    guard let best else {
      let report = PolishReport(
        isAccepted: false, groups: 0, measurements: count, steps: 0, tolerance: 0,
        errorBefore: before, errorAfter: .infinity)
      return (nil, report)
    }
    let u = fit(best.groups, steps: best.steps, held: nil, folds: 1).u
    let after = error(of: residual(at: u), held: nil, folds: 1)
    let variance = after * Double(count) / Double(count - best.groups.count)
    let gained = 2 * Double(best.groups.count) * variance / Double(count)
    let rise = fidelity(u) - fidelity(answer)
    let isAccepted =
      best.error < before + gained && rise <= Double(best.groups.count) * variance
    let report = PolishReport(
      isAccepted: isAccepted, groups: best.groups.count, measurements: count, steps: best.steps,
      tolerance: best.tolerance, errorBefore: before + gained, errorAfter: best.error)
    return (isAccepted ? u : nil, report)
  }

  private func fidelity(_ u: Tensor<S>) -> Double {
    problem.values(at: u, on: pool)[0].fidelity
  }

  /// `zeta - z` of the active measurements.
  private func residual(at u: Tensor<S>) -> [Double] {
    let z = problem.preactivation(at: u, on: pool).scalars
    return model.active.indices.map { model.targets[$0] - Double(z[model.active[$0]]) }
  }

  /// The weighted mean square over a fold, or over all but for `nil`.
  private func error(of residual: [Double], held fold: Int?, folds: Int) -> Double {
    let places = residual.indices.filter { fold == nil || $0 % folds == fold }
    guard !places.isEmpty else { return 0 }
    return places.reduce(0) { $0 + model.weights[$1] * residual[$1] * residual[$1] }
      / Double(places.count)
  }

  /// The mean squared error on held-out measurements after each step.
  private func validated(_ groups: Groups<S>, _ polish: LeastSquaresPolish) -> [Double] {
    var sums = [Double](repeating: 0, count: polish.steps)
    for fold in 0..<polish.folds {
      let errors = fit(groups, steps: polish.steps, held: fold, folds: polish.folds).errors
      for step in sums.indices { sums[step] += errors[step] / Double(polish.folds) }
    }
    return sums
  }

  /// Conjugate gradients on the normal equations from the groups' means, one fold left out.
  private func fit(
    _ groups: Groups<S>, steps: Int, held fold: Int?, folds: Int
  ) -> (u: Tensor<S>, errors: [Double]) {
    var u = groups.averaged(answer)
    var r = residual(at: u)
    var gradient = pull(r, groups, held: fold, folds: folds)
    var direction = gradient
    var square = gradient.squaredNorm
    var errors: [Double] = []
    for _ in 0..<steps {
      let moved = groups.spread(direction, over: answer.shape)
      let image = linear(moved)
      let curvature = zip(image.indices, image).reduce(0.0) {
        $1.0 % folds == fold && fold != nil ? $0 : $0 + model.weights[$1.0] * $1.1 * $1.1
      }
      if curvature > 0, square > 0 {
        let step = square / curvature
        u.combine(1, S(step), moved)
        for place in r.indices { r[place] -= step * image[place] }
        gradient = pull(r, groups, held: fold, folds: folds)
        let next = gradient.squaredNorm
        direction = sum(1, gradient, next / square, direction)
        square = next
      }
      errors.append(error(of: r, held: fold, folds: folds))
    }
    return (u, errors)
  }

  /// `A v` at the active measurements.
  private func linear(_ v: Tensor<S>) -> [Double] {
    var z = Tensor<S>(shape: problem.measurements.shape)
    problem.layer.stage.apply(problem.theta, to: v, into: &z, on: pool, finish: nil)
    return model.active.map { Double(z.scalars[$0]) }
  }

  /// The groups' part of `A^* (omega r)`, without a fold.
  private func pull(_ r: [Double], _ groups: Groups<S>, held fold: Int?, folds: Int) -> Tensor<S> {
    var z = Tensor<S>(shape: problem.measurements.shape)
    z.withMutablePointer { z in
      for (place, active) in model.active.enumerated() where fold == nil || place % folds != fold {
        z[active] = S(model.weights[place] * r[place])
      }
    }
    var u = Tensor<S>(shape: answer.shape)
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
