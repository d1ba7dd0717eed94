import Proximal
import Tensors
import Testing

private let pool = WorkerPool(threads: 2)

/// What holds for every regulariser.
@Suite("Regularisers") struct RegulariserLaws {
  private func prox(
    _ j: any Regulariser, _ v: Tensor<Double>, _ step: Double, _ effort: ProxEffort,
    on pool: WorkerPool = pool
  ) -> (u: Tensor<Double>, memory: RegulariserMemory<Double>) {
    var (u, memory) = (v, RegulariserMemory<Double>(effort))
    j.prox(of: &u, step: step, &memory, on: pool)
    return (u, memory)
  }

  /// `1/2 ||u - v||^2 + step (g(u) + h(K (u, w)))` of each row.
  private func objective(
    _ entry: RegulariserEntry, _ v: Tensor<Double>, _ step: Double, _ u: Tensor<Double>,
    _ w: Tensor<Double>
  ) -> [Double] {
    let (j, k) = (entry.j, LinearPart(j: entry.j, columns: entry.columns, pool: pool).apply(u, w))
    let values = zip(j.simpleValues(of: u, on: pool), j.outerValues(of: k, on: pool))
    return values.enumerated().map { row, values in
      var difference = u.rows(row..<row + 1)
      difference.combine(1, -1, v.rows(row..<row + 1))
      return difference.squaredNorm / 2 + step * (values.0 + values.1)
    }
  }

  @Test(
    "the proximal point is the minimum: f(u + d, w + e) - f(u, w) >= 1/2 ||d||^2",
    arguments: RegulariserEntry.all, [0.03, 0.4, 5])
  func optimality(entry: RegulariserEntry, step: Double) {
    let v = noise([2, entry.columns], seed: 4)
    let made = prox(
      entry.j, v, step, .accuracy(entry.accuracy, atMost: entry.provesGaps ? 50_000 : 5000))
    let fields = entry.j.auxiliaries(columns: entry.columns)
    let w = fields > 0 ? made.memory.tensors[1] : Tensor(shape: [2, 0])
    let least = objective(entry, v, step, made.u, w)
    let towards = [v, Tensor(repeating: 1, shape: v.shape), made.u]
    for scale in [1.0, 0.1, 0.01, 1e-3] {
      for (seed, d) in ((10..<20).map { noise(v.shape, seed: $0) } + towards).enumerated() {
        for sign in [1.0, -1] {
          var (u, moved) = (made.u, w)
          u.combine(1, sign * scale, d)
          moved.combine(1, sign * scale, noise(w.shape, seed: UInt64(seed) / 2))
          for (row, f) in objective(entry, v, step, u, moved).enumerated() {
            let half = scale * scale * d.rows(row..<row + 1).squaredNorm / 2
            // An error of e in u costs e times the length of d.
            let slack = 10 * entry.accuracy * (scale * d.squaredNorm.squareRoot() + entry.accuracy)
            #expect(f - least[row] >= half - slack, "row \(row), scale \(scale), \(seed)")
          }
        }
      }
    }
  }

  @Test("the value is that of the parts, at the best w", arguments: RegulariserEntry.all)
  func parts(entry: RegulariserEntry) {
    let u = noise([3, entry.columns], seed: 12)
    let values = entry.j.values(of: u, on: pool)
    let fields = entry.j.auxiliaries(columns: entry.columns)
    for seed in 1..<20 as Range<UInt64> {
      let parts = objective(
        entry, u, 1, u, noise([3, fields], seed: seed, scale: seed == 1 ? 0 : 0.3))
      for (value, part) in zip(values, parts) {
        #expect(
          fields > 0 ? value <= part * 1.001 : value == part || abs(value - part) < 1e-12 * part)
      }
    }
  }

  @Test("a proven gap bounds the error, and accuracy is had", arguments: RegulariserEntry.composed)
  func accuracy(entry: RegulariserEntry) {
    guard entry.provesGaps else {
      let made = prox(entry.j, noise([2, entry.columns]), 1, .accuracy(1, atMost: 12))
      return #expect(made.memory.gaps == [.infinity, .infinity] && made.memory.iterations == 12)
    }
    let v = noise([3, entry.columns], seed: 5)
    let exact = prox(entry.j, v, 0.4, .accuracy(entry.accuracy, atMost: 50_000)).u
    for accuracy in [1e-1, 1e-2, 1e-3] {
      let made = prox(entry.j, v, 0.4, .accuracy(accuracy, atMost: 200_000))
      #expect(made.memory.gaps.count == 3)
      for row in 0..<3 {
        var error = made.u.rows(row..<row + 1)
        error.combine(1, -1, exact.rows(row..<row + 1))
        let rounding = entry.accuracy * Double(entry.columns).squareRoot()
        #expect(
          (error.squaredNorm).squareRoot() <= (2 * made.memory.gaps[row]).squareRoot() + rounding)
        #expect(made.memory.gaps[row] <= Double(entry.columns) * accuracy * accuracy / 2)
      }
    }
  }

  @Test(
    "the gap is s h(K u) - s <p, K u> where h is a norm, g or not",
    arguments: RegulariserEntry.variations + RegulariserEntry.sums.prefix(1))
  func gap(entry: RegulariserEntry) {
    let v = noise([2, entry.columns], seed: 15)
    let made = prox(entry.j, v, 0.4, .accuracy(0.02, atMost: 500))
    // What is exact keeps no dual variables.
    guard let p = made.memory.tensors.first else { return #expect(made.memory.gaps == [0, 0]) }
    let k = LinearPart(j: entry.j, columns: entry.columns, pool: pool).apply(
      made.u, Tensor(shape: [2, 0]))
    for (row, value) in entry.j.outerValues(of: k, on: pool).enumerated() {
      let gap = 0.4 * (value - p.rows(row..<row + 1).dot(k.rows(row..<row + 1)))
      #expect(abs(made.memory.gaps[row] - gap) < 1e-12 && gap > 0)
    }
  }

  @Test(
    "more iterations come nearer, as many as are asked for", arguments: RegulariserEntry.composed)
  func iterations(entry: RegulariserEntry) {
    let v = noise([2, entry.columns], seed: 16)
    let exact = prox(entry.j, v, 0.4, .accuracy(entry.accuracy, atMost: 5000)).u
    var errors: [Double] = []
    for count in [2, 8, 40] {
      var made = prox(entry.j, v, 0.4, .iterations(count))
      made.u.combine(1, -1, exact)
      errors.append(made.u.squaredNorm.squareRoot())
      #expect(made.memory.iterations == count || made.memory.gaps == [0, 0])
    }
    #expect(errors[2] < errors[0] / 3 || errors[0] < 1e-6, "\(errors)")
  }

  @Test("momentum pays: without it, 10 700 iterations")
  func momentum() {
    let v = noise([1, 1200], seed: 17)
    let j = TotalVariation(RegulariserEntry.shape(1, 30, 40), .anisotropic)
    let made = prox(j, v, 3, .accuracy(1e-3, atMost: 1000))
    #expect(made.memory.gaps[0] <= 1200 * 1e-6 / 2 && made.memory.iterations < 1000)
  }

  @Test(
    "rows do not mix, and any number of threads gives the same bits",
    arguments: RegulariserEntry.all)
  func rows(entry: RegulariserEntry) {
    let v = noise([5, entry.columns], seed: 6)
    for effort in [ProxEffort.iterations(7), .accuracy(1e-3, atMost: 500)] {
      let all = prox(entry.j, v, 0.3, effort)
      for threads in [1, 4] {
        #expect(prox(entry.j, v, 0.3, effort, on: WorkerPool(threads: threads)).u == all.u)
      }
      let values = entry.j.values(of: v, on: pool)
      for row in 0..<5 {
        let one = v.rows(row..<row + 1)
        let alone = prox(entry.j, one, 0.3, effort)
        #expect(alone.u == all.u.rows(row..<row + 1))
        #expect(alone.memory.tensors == all.memory.tensors.map { $0.rows(row..<row + 1) })
        #expect(entry.j.values(of: one, on: pool) == [values[row]])
      }
    }
  }

  @Test("Float does as Double does", arguments: RegulariserEntry.all)
  func float(entry: RegulariserEntry) {
    let v = noise([2, entry.columns], seed: 7)
    let exact = prox(entry.j, v, 0.3, .iterations(20)).u
    var (u, memory) = (v.map { Float($0) }, RegulariserMemory<Float>(.iterations(20)))
    entry.j.prox(of: &u, step: 0.3, &memory, on: pool)
    for (a, b) in zip(u.scalars, exact.scalars) { #expect(abs(Double(a) - b) < 1e-4) }
    let values = zip(
      entry.j.values(of: v, on: pool), entry.j.values(of: v.map { Float($0) }, on: pool))
    for (a, b) in values { #expect(a == b || abs(a - b) <= 1e-5 * a) }
  }

  @Test("a warm start is nearer after as many iterations", arguments: RegulariserEntry.composed)
  func warmStart(entry: RegulariserEntry) {
    let v = noise([2, entry.columns], seed: 8)
    let solved = prox(entry.j, v, 0.4, .accuracy(entry.accuracy, atMost: 5000))
    let exact = solved.u
    // What is solved stays solved.
    var (again, kept) = (v, solved.memory)
    kept.effort = .iterations(1)
    entry.j.prox(of: &again, step: 0.4, &kept, on: pool)
    again.combine(1, -1, exact)
    #expect(again.squaredNorm.squareRoot() < 100 * entry.accuracy)
    var memory = RegulariserMemory<Double>(.iterations(3))
    var errors: [Double] = []
    for _ in 0..<4 {
      var u = v
      entry.j.prox(of: &u, step: 0.4, &memory, on: pool)
      u.combine(1, -1, exact)
      errors.append(u.squaredNorm)
    }
    #expect(errors[3] < errors[0] || errors[0] < 1e-20, "\(errors)")
  }

  @Test("the dual's proximal map is Moreau's complement", arguments: RegulariserEntry.composed)
  func moreau(entry: RegulariserEntry) {
    // p = prox_{s (a h)^*}(q) and x = (q - p)/s: x minimises s/2 ||x - q/s||^2 + a h(x), of any x.
    let (s, a) = (0.7, 1.3)
    let q = noise([1, entry.j.duals(columns: entry.columns)], seed: 9, scale: 2)
    var p = q
    entry.j.proxOfDual(&p, step: s, weight: a, on: pool)
    func objective(_ x: Tensor<Double>) -> Double {
      var difference = x
      difference.combine(1, -1 / s, q)
      return s / 2 * difference.squaredNorm + a * entry.j.outerValues(of: x, on: pool)[0]
    }
    var x = q
    x.combine(1 / s, -1 / s, p)
    let least = objective(x)
    for scale in [1.0, 0.1, 0.01] {
      for seed in 20..<40 as Range<UInt64> {
        let d = noise(x.shape, seed: seed)
        var moved = x
        moved.combine(1, scale, d)
        let half = s / 2 * scale * scale * d.squaredNorm
        #expect(objective(moved) - least >= half - 1e-11)
      }
    }
  }

  @Test("rows of another length are refused, or welcome")
  func lengths() throws {
    #expect(RegulariserEntry.simple.count == 9 && RegulariserEntry.sums.count == 4)
    for entry in RegulariserEntry.composed {
      #expect(throws: Never.self) { try entry.j.check(columns: entry.columns) }
      #expect(throws: ProximalError.self) { try entry.j.check(columns: entry.columns + 1) }
    }
    for j in [Tikhonov(), L1Norm(), Box.nonnegative] as [any Regulariser] {
      #expect(throws: Never.self) { try j.check(columns: 5) }
    }
    #expect(throws: ProximalError.self) { try Tikhonov(centre: [1, 2]).check(columns: 3) }
  }
}
