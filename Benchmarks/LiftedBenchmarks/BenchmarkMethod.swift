import Lifted

/// The methods that can be timed: a signal with Adam, or the centred contrast with other updates.
enum BenchmarkMethod: String, Decodable {
  case contrastive
  case mirror
  case backPropagation
  /// Implicit steps on all layers.
  case implicit
  /// Adam on the hidden layers, a relaxed implicit step on the last.
  case hybrid

  func sweep(depth: Int) throws -> OneSweep {
    let adam = try Adam()
    let updates: [any WeightUpdate] =
      switch self {
      case .contrastive, .mirror, .backPropagation: [adam]
      case .implicit: [try ImplicitStep(tau: 1, relaxation: 0.2)]
      case .hybrid:
        Array(repeating: adam, count: depth - 1) + [try ImplicitStep(tau: 1, relaxation: 0.2)]
      }
    return OneSweep(signal: signal, updates: updates, nudge: try Nudge(0.01))
  }

  private var signal: any Signal {
    switch self {
    case .contrastive, .implicit, .hybrid: CentredContrast()
    case .mirror: MirrorSweep()
    case .backPropagation: BackPropagation()
    }
  }
}
