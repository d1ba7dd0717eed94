import Foundation
import Proximal
import Tensors
import Testing

@testable import Lifted

/// The penalties of the literature by their own definitions, held to the Bregman penalty.
@Suite struct FormulationTests {
  private let points = [-2.1, -0.8, -0.15, 0.2, 0.7, 1.9]

  private func bregman(_ y: Double, _ z: Double, _ activation: any Activation) -> Double {
    BregmanPenalty().value([y], [z], activation, count: 1)
  }

  @Test(
    "LPOM's integrals are the Bregman penalty up to a constant: 0 for odd functions, log 2 for sigmoid",
    arguments: [Formula.tanh, .sigmoid, .identity])
  func lpom(_ formula: Formula) throws {
    // f(y) = int_0^y (sigma^{-1}(t) - t) dt, g(z) = int_0^z (sigma(t) - t) dt, sigma^{-1} by formula.
    func inverse(_ t: Double) -> Double {
      switch formula {
      case .tanh: atanh(t)
      case .sigmoid: log(t / (1 - t))
      default: t
      }
    }
    // Sigmoid's inverse at 0 is infinite but integrable: substitute t = sigma(s).
    func f(_ y: Double) -> Double {
      if formula == .sigmoid {
        return integral(-45, inverse(y)) { s in
          let sigma = 1 / (1 + exp(-s))
          return (s - sigma) * sigma * (1 - sigma)
        }
      }
      return integral(0, y) { inverse($0) - $0 }
    }
    func g(_ z: Double) -> Double { integral(0, z) { formula.sigma([$0])[0] - $0 } }
    let constant = formula == .sigmoid ? -log(2.0) : 0
    let activation = try formula.activation
    for y in points.map({ formula.sigma([$0])[0] }) {
      for z in points {
        let lpom = f(y) + g(z) + (y - z) * (y - z) / 2
        #expect(abs(lpom - bregman(y, z, activation) - constant) < 1e-8, "\(y), \(z)")
      }
    }
  }

  @Test("LPOM's integrals for the leaky rectifier are the Bregman penalty")
  func lpomLeaky() throws {
    let (slope, activation) = (0.3, try LeakyReLU(slope: 0.3))
    for y in points {
      for z in points {
        // Of piecewise linear functions, by their triangles.
        let f = y < 0 ? (1 / slope - 1) * y * y / 2 : 0
        let g = z < 0 ? (slope - 1) * z * z / 2 : 0
        #expect(abs(f + g + (y - z) * (y - z) / 2 - bregman(y, z, activation)) < 1e-12)
      }
    }
  }

  @Test(
    "The Fenchel term of the rectifier, y^2 - 2 y z + max(z, 0)^2, is twice the Bregman penalty")
  func fenchel() {
    for y in points where y >= 0 {
      for z in points {
        let positive = max(z, 0)
        let term = y * y - 2 * y * z + positive * positive
        #expect(abs(term - 2 * bregman(y, z, ReLU())) < 1e-13)
      }
    }
  }

  @Test("The lifted penalty is Bregman's plus the Moreau envelope", arguments: Formula.separable)
  func lifted(_ formula: Formula) throws {
    let activation = try formula.activation
    for y in points.map({ formula.sigma([$0])[0] }) {
      for z in points {
        // By its definition, the envelope a minimum over a fine grid around sigma(z).
        let sigma = formula.sigma([z])[0]
        func energy(_ u: Double) -> Double {
          (u - z) * (u - z) / 2 + formula.phi([u]) - u * u / 2
        }
        let found = LiftedPenalty().value([y], [z], activation, count: 1)
        #expect(abs(found - bregman(y, z, activation) - energy(sigma)) < 1e-11)
        for shift in [-1e-3, 1e-3] {
          let near = formula.sigma([z + shift])[0]
          #expect(energy(near) >= energy(sigma) - 1e-12, "not the least")
        }
      }
    }
  }

  @Test("A clamped sigmoid is the binary cross-entropy, a clamped softmax the cross-entropy")
  func crossEntropies() {
    for z in points {
      let p = 1 / (1 + exp(-z))
      #expect(abs(bregman(1, z, Sigmoid()) + log(p)) < 1e-12)
      #expect(abs(bregman(0, z, Sigmoid()) + log(1 - p)) < 1e-12)
      let soft = bregman(0.3, z, Sigmoid()) + 0.3 * log(p) + 0.7 * log(1 - p)
      #expect(abs(soft - (0.3 * log(0.3) + 0.7 * log(0.7))) < 1e-12, "less the label's entropy")
    }
    let sum = points.reduce(0) { $0 + exp($1) }
    for (i, z) in points.enumerated() {
      let y = points.indices.map { $0 == i ? 1.0 : 0 }
      let found = BregmanPenalty().value(y, points, Softmax(), count: points.count)
      #expect(abs(found + log(exp(z) / sum)) < 1e-12)
    }
  }

  @Test("A finite weight is not exact: gap and weighted penalty fall like one over the weight")
  func inexact() throws {
    let naive = try Naive([1, 1, 1], [.tanh, .identity])
    var theta = Parameters<Double>(zerosFor: naive.network)
    (theta.layers[0][0][0, 0], theta.layers[1][0][0, 0]) = (0.8, 1.5)
    let pool = WorkerPool(threads: 1)
    let point = try LiftedPoint(
      forward: Tensor(rows: [[0.5]]), output: Tensor(rows: [[1.2]]), theta: theta,
      network: naive.network, on: pool)
    let figures = try [1e3, 1e4, 1e5].map { weight in
      let energy = try Energy(naive.network, weights: [weight, 1], weightPenalty: .none)
      let descent = try BlockDescent(energy, free: .hidden)
      var state = descent.start(at: point, on: pool)
      for _ in 0..<400 { try descent.round(&state, on: pool) }
      return (
        energy.consistencyGaps(at: state.point, on: pool)[0],
        energy.value(at: state.point, on: pool).penalties[0]
      )
    }
    for k in 0...1 {
      #expect(abs(figures[k].0 / figures[k + 1].0 - 10) < 0.3, "the gap")
      #expect(abs(figures[k].1 / figures[k + 1].1 - 10) < 0.3, "the weighted penalty")
    }
    #expect(figures[2].0 > 1e-7)
  }

  /// Simpson's rule in 4000 pieces.
  private func integral(_ a: Double, _ b: Double, _ f: (Double) -> Double) -> Double {
    let h = (b - a) / 4000
    return (0..<4000).reduce(0) { sum, k in
      let x = a + Double(k) * h
      return sum + h / 6 * (f(x) + 4 * f(x + h / 2) + f(x + h))
    }
  }
}
