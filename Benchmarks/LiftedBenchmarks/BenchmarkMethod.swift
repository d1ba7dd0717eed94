import Lifted

/// The methods that can be timed: a signal with Adam, the centred contrast with other updates, or rounds of
/// block descent.
enum BenchmarkMethod: String, Decodable {
  case contrastive
  case mirror
  case backPropagation
  /// Implicit steps on all layers.
  case implicit
  /// Adam on the hidden layers, a relaxed implicit step on the last.
  case hybrid
  /// A round of block descent, all layers at once.
  case jacobi
  /// The same, odd layers and then even ones.
  case redBlack

  /// The sweep of block descent; nil for the methods of one sweep.
  var descentSweep: Sweep? {
    switch self {
    case .jacobi: .jacobi
    case .redBlack: .redBlack
    default: nil
    }
  }

  func sweep(depth: Int) throws -> OneSweep {
    let adam = try Adam()
    let updates: [any WeightUpdate] =
      switch self {
      case .contrastive, .mirror, .backPropagation, .jacobi, .redBlack: [adam]
      case .implicit: [try ImplicitStep(tau: 1, relaxation: 0.2)]
      case .hybrid:
        Array(repeating: adam, count: depth - 1) + [try ImplicitStep(tau: 1, relaxation: 0.2)]
      }
    return OneSweep(signal: signal, updates: updates, nudge: try Nudge(0.01))
  }

  private var signal: any Signal {
    switch self {
    case .contrastive, .implicit, .hybrid, .jacobi, .redBlack: CentredContrast()
    case .mirror: MirrorSweep()
    case .backPropagation: BackPropagation()
    }
  }
}
