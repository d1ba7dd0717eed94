import Proximal
import Tensors
import Testing

/// Terms on a layer, joined with an activation: optimality against perturbations at every scale.
@Suite struct RegulariserTests {
  @Test("The l1 joint prox minimises", arguments: ScalarEntry.all)
  func l1(entry: ScalarEntry) throws {
    let (a, l1) = (entry.activation, try L1Penalty(alpha: 0.6))
    let v = entry.points.filter { abs($0) < 10 }
    for (step, weight) in pairs([0.05, 1, 20], [0.1, 1, 5], Double.self) {
      let p = written(v.count) {
        l1.prox(of: v, step: step, weight: weight, a, into: $0, count: v.count)
      }
      for (v, p) in zip(v, p) {
        expectMinimum(at: p, strength: 1 + step * weight, "v = \(v), \(step), \(weight)") { u in
          let phi = u * u / 2 + a.value(of: u)
          return (u - v) * (u - v) / 2 + step * (weight * phi + 0.6 * abs(u))
        }
      }
    }
  }

  @Test("Closed forms of the l1 joint prox")
  func l1ClosedForms() throws {
    let (l1, mu, weight) = (try L1Penalty(alpha: 0.6), 0.7, 2.0)
    let v = [-3, -1, -0.3, 0, 0.3, 1, 3]
    func joint(_ a: any Activation) -> [Double] {
      written(v.count) { l1.prox(of: v, step: mu, weight: weight, a, into: $0, count: v.count) }
    }
    func soft(_ v: Double, _ t: Double) -> Double { v > t ? v - t : (v < -t ? v + t : 0) }
    let scale = 1 + mu * weight
    #expect(isClose(joint(Identity()), v.map { soft($0, mu * 0.6) / scale }, 1e-15))
    #expect(isClose(joint(ReLU()), v.map { max($0 - mu * 0.6, 0) / scale }, 1e-15))
    let threshold = mu * (weight * 0.5 + 0.6)
    #expect(
      isClose(joint(try SoftThreshold(alpha: 0.5)), v.map { soft($0, threshold) / scale }, 1e-15))
  }

  @Test("The group joint prox minimises", arguments: ScalarEntry.all)
  func group(entry: ScalarEntry) throws {
    let (a, group) = (entry.activation, try GroupPenalty(alpha: 0.6, groupSize: 3))
    var rows = Rows(7)
    for (step, weight) in pairs([0.05, 1, 20], [0.1, 1, 5], Double.self) {
      let v: [Double] = rows.normal(6)
      let p = written(6) { group.prox(of: v, step: step, weight: weight, a, into: $0, count: 6) }
      func objective(_ u: [Double]) -> Double {
        let d = minus(u, v)
        let psi: Double = a.value(of: u)
        return dot(d, d) / 2 + step
          * (weight * (dot(u, u) / 2 + psi) + group.value(of: u, count: 6))
      }
      let atP = objective(p)
      #expect(atP < .infinity)
      for scale in [1, 0.1, 1e-2, 1e-3] {
        for _ in 0..<20 {
          let noise: [Double] = rows.normal(6, scale: scale)
          let u = zip(p, noise).map { $0 + $1 }
          let half = (1 + step * weight) / 2 * dot(noise, noise)
          #expect(objective(u) - atP >= half - 2e-13 * (1 + step), "\(step) \(weight) \(scale)")
        }
      }
    }
  }

  @Test("Group joint prox in Float agrees with Double", arguments: ScalarEntry.all)
  func groupInFloat(entry: ScalarEntry) throws {
    let (a, group) = (entry.activation, try GroupPenalty(alpha: 0.6, groupSize: 3))
    var rows = Rows(8)
    for _ in 0..<20 {
      let v: [Float] = rows.normal(6)
      let long = v.map(Double.init)
      let p = written(6) { group.prox(of: v, step: 0.7, weight: 2, a, into: $0, count: 6) }
      let q = written(6) { group.prox(of: long, step: 0.7, weight: 2, a, into: $0, count: 6) }
      #expect(isClose(p.map(Double.init), q, 4e-6))
    }
  }

  @Test("The activation of a regularised layer is the prox of Psi + S/weight")
  func regularisedActivation() throws {
    let l1 = try L1Penalty(alpha: 0.6)
    let z: [Double] = [-2, -0.1, 0.2, 0.5, 3]
    let x = written(5) { l1.activate(z, weight: 2, ReLU(), into: $0, count: 5) }
    #expect(isClose(x, try NonnegativeSoftThreshold(alpha: 0.3).activate(z), 1e-15))
    let group = try GroupPenalty(alpha: 0.6, groupSize: 5)
    let y = written(5) { group.activate(z, weight: 2, Identity(), into: $0, count: 5) }
    #expect(isClose(y, try GroupSoftThreshold(alpha: 0.3, groupSize: 5).activate(z), 1e-15))
  }

  @Test("Values and smallest subgradients")
  func values() throws {
    let (l1, group) = (try L1Penalty(alpha: 2), try GroupPenalty(alpha: 2, groupSize: 2))
    let x: [Double] = [3, -4, 0, 0]
    #expect(l1.value(of: x, count: 4) == 14 && group.value(of: x, count: 4) == 10)
    var u: [Double] = [1, 1, 1, 1]
    l1.addSubgradient(at: x, times: 0.5, to: &u, count: 4)
    #expect(u == [2, 0, 1, 1])
    group.addSubgradient(at: x, times: 0.5, to: &u, count: 4)
    #expect(isClose(u, [2.6, -0.8, 1, 1], 1e-15))
  }

  @Test("Activations that couple a row are refused")
  func validation() throws {
    for regulariser in [
      try L1Penalty(alpha: 1), try GroupPenalty(alpha: 1, groupSize: 2),
    ] as [any LayerRegulariser] {
      #expect(throws: ProximalError.self) { try regulariser.validate(with: Softmax()) }
      #expect(throws: Never.self) { try regulariser.validate(with: Tanh()) }
    }
  }

  /// `f(u) >= f(p) + strength/2 (u - p)^2` around `p`.
  private func expectMinimum(
    at p: Double, strength: Double, _ comment: Comment, _ f: (Double) -> Double
  ) {
    let least = f(p)
    #expect(least < .infinity, comment)
    for d in [1e-3, 1e-2, 0.1, 1, 5].flatMap({ [$0, -$0] }) {
      let (moved, half) = (f(p + d), strength / 2 * d * d)
      #expect(moved - least >= half - 1e-13 * (1 + abs(least) + half), comment)
    }
  }
}
