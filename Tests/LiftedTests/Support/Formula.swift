import Foundation
import Proximal

/// Activations by their textbook formulas in `Double`, apart from the library's: `sigma`, `Phi` and
/// `Phi^*` of a row.
enum Formula: String, CaseIterable, Sendable {
  case identity, relu, tanh, sigmoid, softThreshold, softmax

  static let separable: [Formula] = [.identity, .relu, .tanh, .sigmoid, .softThreshold]
  static let smooth: [Formula] = [.identity, .tanh, .sigmoid]
  private static let alpha = 0.2

  /// The library's activation.
  var activation: any Activation {
    get throws {
      switch self {
      case .identity: Identity()
      case .relu: ReLU()
      case .tanh: Tanh()
      case .sigmoid: Sigmoid()
      case .softThreshold: try SoftThreshold(alpha: Self.alpha)
      case .softmax: Softmax()
      }
    }
  }

  func sigma(_ z: [Double]) -> [Double] {
    switch self {
    case .identity: z
    case .relu: z.map { max($0, 0) }
    case .tanh: z.map { Foundation.tanh($0) }
    case .sigmoid: z.map { 1 / (1 + exp(-$0)) }
    case .softThreshold: z.map { ($0 < 0 ? -1 : 1) * max(abs($0) - Self.alpha, 0) }
    case .softmax: z.map { z0 in 1 / z.reduce(0) { $0 + exp($1 - z0) } }
    }
  }

  /// `Phi(y)` inside the domain.
  func phi(_ y: [Double]) -> Double {
    switch self {
    case .identity, .relu: y.reduce(0) { $0 + $1 * $1 / 2 }
    case .tanh: y.reduce(0) { $0 + $1 * atanh($1) + log(1 - $1 * $1) / 2 }
    case .sigmoid: y.reduce(0) { $0 + $1 * log($1) + (1 - $1) * log(1 - $1) }
    case .softThreshold: y.reduce(0) { $0 + $1 * $1 / 2 + Self.alpha * abs($1) }
    case .softmax: y.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
    }
  }

  /// `Phi^*(z)`.
  func conjugate(_ z: [Double]) -> Double {
    switch self {
    case .identity, .relu, .softThreshold: sigma(z).reduce(0) { $0 + $1 * $1 / 2 }
    case .tanh: z.reduce(0) { $0 + log(cosh($1)) }
    case .sigmoid: z.reduce(0) { $0 + log(1 + exp($1)) }
    case .softmax: log(z.reduce(0) { $0 + exp($1) })
    }
  }
}
