import Proximal
import Tensors
import Testing

/// Identities (I1)-(I10) for separable activations, in both precisions, on both sides of every kink.
@Suite struct IdentityTests {
  @Test("B is Phi + Phi* - yz and a difference of envelope objectives", arguments: ScalarEntry.all)
  func bregmanIsFenchelYoung(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let a = entry.activation
      forEachPair(entry, S.self) { y, z in
        let (psi, x) = (a.value(of: y), a.activation(z))
        let (b, star) = (a.bregman(y, z), a.conjugate(at: z))
        let scale = y * y + abs(psi) + abs(star) + abs(y * z) + z * z + 1
        let sum = y * y / 2 + psi + star - y * z
        let objective = (y - z) * (y - z) / 2 + psi - a.envelope(at: z)
        let slack = ulps(4, scale)
        #expect(abs(b - sum) <= slack, "\(y) \(z)")
        #expect(abs(b - objective) <= slack, "\(y) \(z)")
        let divergence = psi - a.value(of: x) - (z - x) * (y - x)
        let square = (y - x) * (y - x) / 2
        #expect(abs(b - (square + divergence)) <= slack, "\(y) \(z)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("B bounds half the squared distance to the activation", arguments: ScalarEntry.all)
  func bregmanLowerBound(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let a = entry.activation
      forEachPair(entry, S.self) { y, z in
        let d = y - a.activation(z)
        let slack = ulps(8, (1 + abs(z)) * (abs(d) + abs(y) * .ulpOfOne))
        let least = d * d / 2 - slack - S(2e-16)
        #expect(a.bregman(y, z) >= least, "\(y) \(z)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("B vanishes on the graph and is infinite outside the domain", arguments: ScalarEntry.all)
  func bregmanOnTheGraph(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let a = entry.activation
      for z in entry.points.map({ S($0) }) {
        #expect(abs(a.bregman(a.activation(z), z)) <= ulps(4, 1 + abs(z)), "\(z)")
        for y in entry.outside { #expect(a.bregman(S(y), z) == .infinity, "\(y) \(z)") }
      }
      for y in entry.outside { #expect(a.value(of: S(y)) == .infinity, "\(y)") }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("The slope of B in z is the activation less y", arguments: ScalarEntry.all)
  func slopeInZ(entry: ScalarEntry) {
    func check<S: TensorScalar>(h: S, _ tolerance: S) {
      let a = entry.activation
      forEachPair(entry, S.self) { y, z in
        guard abs(z) < 4 else { return }
        let slope = (a.bregman(y, z + h) - a.bregman(y, z - h)) / (2 * h)
        #expect(abs(slope - (a.activation(z) - y)) <= tolerance, "\(y) \(z)")
      }
    }
    check(h: Float(1) / 64, 0.02)
    check(h: 1e-5, 3e-5)
  }

  @Test("The slope of the conjugate is the activation", arguments: ScalarEntry.all)
  func slopeOfConjugate(entry: ScalarEntry) {
    for z in entry.points where abs(z) < 10 {
      let (a, h) = (entry.activation, 1e-5)
      let slope = (a.conjugate(at: z + h) - a.conjugate(at: z - h)) / (2 * h)
      #expect(abs(slope - a.activation(z)) <= 1.1 * h, "\(z)")
    }
  }

  @Test("B is strongly convex in y and convex in z", arguments: ScalarEntry.all)
  func convexity(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let (a, ys) = (entry.activation, entry.domainPoints(S.self))
      for z in entry.points.map({ S($0) }) {
        for (y, w) in zip(ys, ys.dropFirst()) {
          let strength = (y - w) * (y - w) / 8
          let middle = a.bregman((y + w) / 2, z) + strength
          let mean = (a.bregman(y, z) + a.bregman(w, z)) / 2
          #expect(middle <= mean + ulps(8, 1 + abs(mean) + abs(z)), "\(y) \(w) \(z)")
        }
      }
      for (y, z) in zip(ys, entry.points.map { S($0) }) {
        let middle = a.bregman(y, z + 0.5)
        let mean = (a.bregman(y, z) + a.bregman(y, z + 1)) / 2
        let slack = ulps(8, 1 + abs(mean) + abs(z))
        #expect(middle <= mean + slack, "\(y) \(z)")
        #expect(mean - middle <= S(0.125) + slack, "\(y) \(z)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("The prox of mu Phi is a prox of Psi and a point of the graph", arguments: ScalarEntry.all)
  func proxOfPhi(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let a = entry.activation
      for (v, mu) in pairs(entry.points, steps, S.self) {
        let u = a.proxPhi(of: v, step: mu)
        let scaled = a.prox(of: v / (1 + mu), step: mu / (1 + mu))
        #expect(abs(u - scaled) <= ulps(16, 1 + abs(v)), "(I6) \(v) \(mu)")
        let t = (v - u) / mu
        let tolerance = ulps(8, (1 + abs(v)) * (1 + 1 / mu))
        #expect(abs(a.activation(t) - u) <= tolerance, "(I7) \(v) \(mu)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(
    "Moreau: w less the scaled prox of Phi solves z + sigma(z)/rho = w", arguments: ScalarEntry.all)
  func moreau(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let a = entry.activation
      for (w, rho) in pairs(entry.points, steps, S.self) {
        let z = w - a.proxPhi(of: rho * w, step: rho) / rho
        let tolerance = ulps(8, (1 + abs(w)) * (1 + 1 / rho))
        #expect(abs(z + a.activation(z) / rho - w) <= tolerance, "\(w) \(rho)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("Rows are their numbers one by one", arguments: ScalarEntry.all)
  func rowsAreNumbers(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let a = entry.activation
      let z = entry.points.map { S($0) }
      let y = z.map { a.activation($0 / 2 + 0.25) }
      let near = 4 * S.ulpOfOne
      #expect(isClose(a.activate(z), z.map { a.activation($0) }, near))
      #expect(isClose(a.prox(of: z, step: 0.3), z.map { a.prox(of: $0, step: 0.3) }, near))
      #expect(isClose(a.proxPhi(of: z, step: 3), z.map { a.proxPhi(of: $0, step: 3) }, near))
      let many = near * S(z.count)
      #expect(isClose([a.value(of: y)], [y.map { a.value(of: $0) }.reduce(0, +)], many))
      #expect(isClose([a.envelope(at: z)], [z.map { a.envelope(at: $0) }.reduce(0, +)], many))
      #expect(isClose([a.conjugate(at: z)], [z.map { a.conjugate(at: $0) }.reduce(0, +)], many))
      let sum = zip(y, z).map { a.bregman($0, $1) }.reduce(0, +)
      #expect(isClose([a.bregman(y, z)], [sum], many))
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("Homogeneous activations scale B by the square")
  func homogeneity() {
    let homogeneous = ScalarEntry.all.filter(\.isHomogeneous)
    #expect(homogeneous.count == 4)
    for entry in homogeneous {
      forEachPair(entry, Double.self) { y, z in
        let (a, c) = (entry.activation, 2.5)
        let (left, right) = (a.bregman(c * y, c * z), c * c * a.bregman(y, z))
        #expect(abs(left - right) <= 1e-13 * (1 + z * z), "\(entry) \(y) \(z)")
      }
    }
  }

  @Test("Closed forms agree with what Psi and its prox imply", arguments: ScalarEntry.all)
  func overridesAgreeWithDerived(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let (a, derived) = (entry.activation, DerivedSeparable(base: entry.activation))
      forEachPair(entry, S.self) { y, z in
        let scale = ulps(8, 1 + z * z + y * y)
        #expect(abs(a.activation(z) - derived.activation(z)) <= ulps(4, 1 + abs(z)))
        #expect(abs(a.envelope(at: z) - derived.envelope(at: z)) <= scale, "\(z)")
        #expect(abs(a.conjugate(at: z) - derived.conjugate(at: z)) <= scale, "\(z)")
        #expect(abs(a.bregman(y, z) - derived.bregman(y, z)) <= scale, "\(y) \(z)")
      }
    }
    check(Float.self)
    check(Double.self)
  }
}

func forEachPair<S: TensorScalar>(_ entry: ScalarEntry, _: S.Type, _ body: (S, S) -> Void) {
  for y in entry.domainPoints(S.self) {
    for z in entry.points { body(y, S(z)) }
  }
}

func pairs<S: TensorScalar>(_ a: [Double], _ b: [Double], _: S.Type) -> [(S, S)] {
  a.flatMap { x in b.map { (S(x), S($0)) } }
}

/// `|a_i - b_i| <= tolerance (1 + |b_i|)` throughout.
func isClose<S: TensorScalar>(_ a: [S], _ b: [S], _ tolerance: S) -> Bool {
  precondition(tolerance >= 0)
  return a.count == b.count
    && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * (1 + abs($1)) }
}
