import Proximal
import Tensors
import Testing

/// Activations that couple a row: optimality against feasible points, near and far.
@Suite struct CoupledTests {
  static let width = 6

  /// `p = prox_{t Psi}(v)` if and only if `f(u) >= f(p) + 1/2 ||u - p||^2` for every feasible `u`.
  @Test(
    "The prox beats every feasible point by half the squared distance", arguments: CoupledEntry.all)
  func optimality(entry: CoupledEntry) {
    let a = entry.activation
    var rows = Rows(1)
    for t in steps {
      for _ in 0..<20 {
        let v: [Double] = rows.normal(Self.width)
        let p = a.prox(of: v, step: t)
        let atP = dot(minus(p, v), minus(p, v)) / 2 + t * a.value(of: p)
        for u in feasiblePoints(near: p, a, &rows) {
          let atU = dot(minus(u, v), minus(u, v)) / 2 + t * a.value(of: u)
          let d = minus(u, p)
          #expect(atU - atP >= dot(d, d) / 2 - 4e-15 * (1 + t) * (1 + dot(v, v)), "t = \(t)")
        }
      }
    }
  }

  @Test("The prox of mu Phi is strongly optimal and a prox of Psi", arguments: CoupledEntry.all)
  func proxOfPhi(entry: CoupledEntry) {
    let a = entry.activation
    var rows = Rows(2)
    for mu in steps {
      for _ in 0..<20 {
        let v: [Double] = rows.normal(Self.width)
        let p = a.proxPhi(of: v, step: mu)
        let scaled = a.prox(of: v.map { $0 / (1 + mu) }, step: mu / (1 + mu))
        #expect(distance(p, scaled) <= 4e-15 * (1 + dot(v, v)))
        let atP = dot(minus(p, v), minus(p, v)) / 2 + mu * a.phi(of: p)
        for u in feasiblePoints(near: p, a, &rows) {
          let atU = dot(minus(u, v), minus(u, v)) / 2 + mu * a.phi(of: u)
          let d = minus(u, p)
          let noise = 4e-15 * (1 + mu) * (1 + dot(v, v))
          #expect(atU - atP >= (1 + mu) / 2 * dot(d, d) - noise, "mu = \(mu)")
        }
        let t = zip(v, p).map { ($0 - $1) / mu }
        #expect(distance(a.activate(t), p) <= 2e-14 * (1 + 1 / mu), "(I7) mu = \(mu)")
      }
    }
  }

  @Test(
    "B is Phi + Phi* - <y, z>, bounds the distance, vanishes on the graph",
    arguments: CoupledEntry.all)
  func bregman(entry: CoupledEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let (a, derived) = (entry.activation, Derived(base: entry.activation))
      var rows = Rows(3)
      for _ in 0..<50 {
        let z: [S] = rows.normal(Self.width)
        let y = a.activate(rows.normal(Self.width) as [S])
        let b = a.bregman(y, z)
        let slack = ulps(16, 1 + dot(z, z) + dot(y, y))
        let sum = a.phi(of: y) + a.conjugate(at: z) - dot(y, z)
        #expect(abs(b - sum) <= slack)
        #expect(abs(b - derived.bregman(y, z)) <= slack)
        #expect(abs(a.conjugate(at: z) - derived.conjugate(at: z)) <= slack)
        let x = a.activate(z)
        let half = dot(minus(y, x), minus(y, x)) / 2
        #expect(b >= half - slack)
        #expect(abs(a.bregman(x, z)) <= slack)
        for outside in entry.outside { #expect(a.bregman(outside.map { S($0) }, z) == .infinity) }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("The slope of the conjugate is the activation", arguments: CoupledEntry.all)
  func slopeOfConjugate(entry: CoupledEntry) {
    let (a, h) = (entry.activation, 1e-5)
    var rows = Rows(4)
    for _ in 0..<20 {
      let z: [Double] = rows.normal(Self.width)
      let x = a.activate(z)
      for i in z.indices {
        var (up, down) = (z, z)
        up[i] += h
        down[i] -= h
        let slope = (a.conjugate(at: up) - a.conjugate(at: down)) / (2 * h)
        #expect(abs(slope - x[i]) <= 2e-5)
      }
    }
  }

  @Test("Moreau and firm non-expansiveness", arguments: CoupledEntry.all)
  func moreau(entry: CoupledEntry) {
    let a = entry.activation
    var rows = Rows(5)
    for rho in steps {
      let (w, v): ([Double], [Double]) = (rows.normal(Self.width), rows.normal(Self.width))
      let p = a.proxPhi(of: w.map { $0 * rho }, step: rho)
      let z = zip(w, p).map { $0 - $1 / rho }
      let back = zip(z, a.activate(z)).map { $0 + $1 / rho }
      #expect(distance(back, w) <= 2e-14 * (1 + 1 / rho))
      let d = minus(a.prox(of: w, step: rho), a.prox(of: v, step: rho))
      #expect(dot(d, minus(w, v)) >= dot(d, d) - 1e-14)
    }
  }

  @Test(
    "Float gives what Double gives, rounded, from tiny to huge rows", arguments: CoupledEntry.all)
  func floatAgrees(entry: CoupledEntry) {
    let a = entry.activation
    var rows = Rows(6)
    for scale in [1e-3, 1, 30, 1e6] {
      for t in [0.01, 1, 100] as [Float] {
        let v: [Float] = rows.normal(60, scale: scale)
        let long = a.prox(of: v.map(Double.init), step: Double(t))
        let short = a.prox(of: v, step: t)
        let size = 1e-6 * Double((v.map(abs).max() ?? 0) + 1)
        #expect(zip(short, long).allSatisfy { abs(Double($0) - $1) <= size }, "\(scale) \(t)")
        #expect(a.value(of: short) < .infinity && a.value(of: long) < .infinity, "\(scale) \(t)")
        #expect(a.value(of: a.activate(v)) < .infinity)
        #expect(a.value(of: a.proxPhi(of: v, step: t)) < .infinity)
      }
    }
  }

  @Test("Projections on the simplex and the l1 ball, by hand")
  func projectionsByHand() throws {
    #expect(Sparsemax().activate([0.5, 0.5, 0.0]) == [0.5, 0.5, 0])
    #expect(Sparsemax().activate([3.0, 0, 0]) == [1, 0, 0])
    #expect(isClose(Sparsemax().activate([1.0, 0.8, 0.1]), [0.6, 0.4, 0], 1e-15))
    #expect(isClose(try L1Ball(radius: 1).activate([1.0, -0.8, 0.1]), [0.6, -0.4, 0], 1e-15))
    #expect(try L1Ball(radius: 2).activate([1.0, -0.8, 0.1]) == [1, -0.8, 0.1])
    #expect(isClose(try L2Ball(radius: 1).activate([3.0, -4]), [0.6, -0.8], 1e-15))
    let group = try GroupSoftThreshold(alpha: 1, groupSize: 2)
    #expect(isClose(group.activate([3.0, -4, 0.1, 0.2]), [2.4, -3.2, 0, 0], 1e-15))
  }

  /// Points of the domain far from `p`, and ever nearer to it.
  private func feasiblePoints(
    near p: [Double], _ a: any Activation, _ rows: inout Rows
  ) -> [[Double]] {
    (0..<4).flatMap { _ in
      let far = a.activate(rows.normal(Self.width) as [Double])
      return [1, 0.3, 1e-2, 1e-4].map { s in zip(p, far).map { $0 + s * ($1 - $0) } }
    }
  }
}
