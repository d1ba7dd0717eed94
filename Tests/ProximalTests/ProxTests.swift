import Proximal
import Tensors
import Testing

/// Proximal maps of one number against the definition: the unique minimiser.
@Suite struct ProxTests {
  /// `p = prox_{t psi}(v)` if and only if `f(u) >= f(p) + 1/2 (u - p)^2` for every `u`, where
  /// `f(u) = 1/2 (u - v)^2 + t psi(u)`.
  @Test("The prox satisfies the optimality condition at every scale", arguments: ScalarEntry.all)
  func optimality(entry: ScalarEntry) {
    let a = entry.activation
    for (v, t) in pairs(entry.points, steps, Double.self) {
      let p = a.prox(of: v, step: t)
      for size in [1e-6, 1e-4, 1e-2, 0.3, 2, 20] {
        for d in [-size, size] {
          let (psi, moved) = (a.value(of: p), a.value(of: p + d))
          let rise = (d / 2 + p - v) * d + t * (moved - psi)
          let noise = 4e-16 * (1 + t) * (1 + abs(psi) + abs(d * v) + d * d)
          #expect(rise >= d * d / 2 - noise, "v = \(v), t = \(t), d = \(d)")
        }
      }
    }
  }

  @Test("The prox is where a golden section search ends", arguments: ScalarEntry.all)
  func bruteForce(entry: ScalarEntry) {
    let a = entry.activation
    for (v, t) in pairs(entry.points.filter { abs($0) < 10 }, steps, Double.self) {
      let found = goldenSection(-11, 11) { (u: Double) in
        (u - v) * (u - v) / 2 + t * a.value(of: u)
      }
      #expect(abs(a.prox(of: v, step: t) - found) <= 2e-6 * (1 + abs(v)), "v = \(v), t = \(t)")
    }
  }

  @Test("The prox is firmly non-expansive", arguments: ScalarEntry.all)
  func firmlyNonexpansive(entry: ScalarEntry) {
    func check<S: TensorScalar>(_: S.Type) {
      let a = entry.activation
      for t in steps.map({ S($0) }) {
        for (v, w) in pairs(entry.points, entry.points, S.self) {
          let (p, q) = (a.prox(of: v, step: t), a.prox(of: w, step: t))
          let slack = ulps(8, (1 + abs(v) + abs(w)) * (1 + abs(v - w)))
          let (inner, square) = ((p - q) * (v - w), (p - q) * (p - q))
          #expect(inner >= square - slack, "\(v) \(w) \(t)")
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("Float gives what Double gives, rounded", arguments: ScalarEntry.all)
  func floatAgrees(entry: ScalarEntry) {
    let a = entry.activation
    for (v, t) in pairs(entry.points, steps, Float.self) {
      let scale = Double(abs(v))
      let (short, long) = (a.prox(of: v, step: t), a.prox(of: Double(v), step: Double(t)))
      #expect(abs(Double(short) - long) <= 4e-7 * (abs(long) + scale), "\(v) \(t)")
      let (near, exact) = (a.proxPhi(of: v, step: t), a.proxPhi(of: Double(v), step: Double(t)))
      #expect(abs(Double(near) - exact) <= 4e-7 * (abs(exact) + scale), "\(v) \(t)")
    }
  }

  @Test("Huge inputs stay in the domain and give no NaN", arguments: ScalarEntry.all)
  func extremes(entry: ScalarEntry) {
    func check<S: TensorScalar>(_ sizes: [S]) {
      let a = entry.activation
      for z in sizes.flatMap({ [$0, -$0] }) {
        let x = a.activation(z)
        #expect(abs(x) <= abs(z) + 1 && abs(a.activate([z])[0]) <= abs(z) + 1, "\(z)")
        for y in [x, a.activate([z])[0]] { #expect(a.value(of: y) < .infinity, "\(z) \(y)") }
        for t in steps.map({ S($0) }) {
          #expect(a.value(of: a.prox(of: z, step: t)) < .infinity, "\(z) \(t)")
          #expect(a.value(of: a.proxPhi(of: z, step: t)) < .infinity, "\(z) \(t)")
        }
      }
      #expect(a.activation(S.nan).isNaN && a.prox(of: S.nan, step: 0.5).isNaN)
      #expect(a.activate([S.nan])[0].isNaN)
    }
    check([1e3, 1e8, 1e12] as [Float])
    check([1e3, 1e8, 1e17, 1e30])
  }

  @Test("Activations are nondecreasing and 1-Lipschitz", arguments: ScalarEntry.all)
  func monotone(entry: ScalarEntry) {
    let a = entry.activation
    let z = entry.points.sorted()
    for (low, high) in zip(z, z.dropFirst()) {
      let rise = a.activation(high) - a.activation(low)
      #expect(rise >= 0 && rise <= (high - low) * (1 + 1e-9) + 1e-15, "\(low) \(high)")
    }
  }

  @Test("Asymptotics: sigma far out has the documented limits")
  func limits() throws {
    #expect(Tanh().activation(50.0) == 1 && Sigmoid().activation(-800.0) == 0)
    #expect(abs(Arctan().activation(Float(1e20))) < Float(Double.pi / 2))
    #expect(Softsign().activation(Float(1e20)) < 1)
    #expect(abs(Softplus().activation(-50.0) / Double.exp(-50) - 1) < 1e-14)
    let smooth = try SmoothReLU(kappa: 0.3)
    #expect(abs(smooth.activation(-1e6) / 0.3e-6 - 1) < 1e-9)
    #expect(smooth.activation(Float(3e30)) == 3e30)
    #expect(try ELU(alpha: 0.5).activation(-100.0) == -0.5)
  }
}

/// The minimiser of a unimodal function, to about the square root of rounding.
func goldenSection(_ lower: Double, _ upper: Double, _ f: (Double) -> Double) -> Double {
  // An infinite value beyond the minimum's side gives no direction: start from the best grid point.
  let n = 4000
  let grid = (0...n).map { lower + (upper - lower) * Double($0) / Double(n) }
  let best = grid.indices.min { f(grid[$0]) < f(grid[$1]) } ?? 0
  var (a, b) = (grid[max(best - 1, 0)], grid[min(best + 1, n)])
  let ratio = (5.0.squareRoot() - 1) / 2
  while b - a > 1e-10 {
    let (c, d) = (b - ratio * (b - a), a + ratio * (b - a))
    let (left, right) = (f(c), f(d))
    if left == .infinity && right == .infinity {
      // Both outside: towards the grid's best point.
      if c > grid[best] { b = c } else { a = d }
    } else if left < right {
      b = d
    } else {
      a = c
    }
  }
  return (a + b) / 2
}
