import Lifted

/// A row that tells where a gain comes from, made from a method whose errors are lifted.
public enum StudyControl: String, Sendable, Codable, CaseIterable {
  /// The same updates with back-propagated errors: what remains of the gain is the update's.
  case backPropagatedErrors
  /// The same method with hidden layers frozen: what remains is the last layer's, on random features.
  case frozenHiddenLayers

  /// What follows the method's name: `lifted.bp`, `lifted.frozen`.
  public var suffix: String {
    switch self {
    case .backPropagatedErrors: ".bp"
    case .frozenHiddenLayers: ".frozen"
    }
  }

  /// The method that a control's name belongs to, and which control it is.
  static func origin(of name: String) -> (method: String, control: StudyControl?) {
    let control = allCases.first { name.hasSuffix($0.suffix) }
    return (String(name.dropLast(control?.suffix.count ?? 0)), control)
  }

  /// The control of a method on a network; nil where it makes no sense: for back-propagation itself,
  /// for methods that change the weights otherwise than by one update from errors, where nothing is
  /// left to freeze, and where an activation has no derivative.
  func row(for method: MethodRecipe, on network: Network) -> MethodRecipe? {
    guard let kind = method.kind as? any UpdatingKind, kind.hasLiftedErrors,
      !method.frozenHiddenLayers
    else { return nil }
    switch self {
    case .frozenHiddenLayers:
      guard network.depth > 1 else { return nil }
      return MethodRecipe(method, named: method.name + suffix, kind: kind, isFrozen: true)
    case .backPropagatedErrors:
      let kind = SweepRecipe(backPropagating: kind.updates)
      let control = MethodRecipe(method, named: method.name + suffix, kind: kind, isFrozen: false)
      guard let made = try? control.make(calibrated: nil), (try? made.check(network)) != nil else {
        return nil
      }
      return control
    }
  }
}

/// A kind of method that makes errors on a batch and puts them into one update of each layer: other
/// errors can take their place.
protocol UpdatingKind: MethodKind {
  /// One for each layer, or a single one for all.
  var updates: [UpdateRecipe] { get }
  /// Whether the errors are lifted ones.
  var hasLiftedErrors: Bool { get }
}

extension SweepRecipe: UpdatingKind {
  var hasLiftedErrors: Bool { signal != .backPropagation }
}

extension ContrastiveRecipe: UpdatingKind {
  var hasLiftedErrors: Bool { true }
}

extension [MethodRecipe] {
  /// The methods, each followed by its controls; a control that is there already under any name is
  /// not added again.
  func with(_ controls: [StudyControl], on network: Network) -> [MethodRecipe] {
    var all = self
    return flatMap { method -> [MethodRecipe] in
      let rows = controls.compactMap { $0.row(for: method, on: network) }.filter { row in
        guard !all.contains(where: { $0.trains(as: row) }) else { return false }
        all.append(row)
        return true
      }
      return [method] + rows
    }
  }
}

extension MethodRecipe {
  fileprivate init(
    _ method: MethodRecipe, named name: String, kind: any MethodKind, isFrozen: Bool
  ) {
    (self.name, self.kind) = (name, kind)
    (weightPenalty, frozenHiddenLayers) = (method.weightPenalty, isFrozen)
    ownTraining = method.ownTraining
  }

  /// Whether the two differ in their names at most.
  fileprivate func trains(as other: MethodRecipe) -> Bool {
    kind.equals(other.kind) && weightPenalty == other.weightPenalty
      && frozenHiddenLayers == other.frozenHiddenLayers && ownTraining == other.ownTraining
  }
}

extension SweepRecipe {
  /// Back-propagated errors do not depend on the nudge: it is 1.
  fileprivate init(backPropagating updates: [UpdateRecipe]) {
    (signal, nudge, rescue, self.updates) = (.backPropagation, .fixed(1), nil, updates)
  }
}
