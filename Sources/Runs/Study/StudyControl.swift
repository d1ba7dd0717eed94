import Lifted

/// A row that tells where a gain comes from, made from a method that lifts.
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

  /// What it is, in a few words.
  var title: String {
    switch self {
    case .backPropagatedErrors: "errors back-propagated"
    case .frozenHiddenLayers: "hidden layers frozen"
    }
  }

  /// How its line is broken.
  var stroke: Stroke {
    switch self {
    case .backPropagatedErrors: .dashed
    case .frozenHiddenLayers: .dotted
    }
  }

  /// The method that a control's name belongs to, and which control it is.
  static func origin(of name: String) -> (method: String, control: StudyControl?) {
    let control = allCases.first { name.hasSuffix($0.suffix) }
    return (String(name.dropLast(control?.suffix.count ?? 0)), control)
  }

  /// The control of a method on a network.
  /// - Throws: `SolverError.unsuitable` with the reason where there is none.
  func row(for method: MethodRecipe, on network: Network) throws(SolverError) -> MethodRecipe {
    if !method.kind.isLifted { throw .unsuitable("its errors are back-propagated already") }
    if method.frozenHiddenLayers { throw .unsuitable("its hidden layers are frozen already") }
    let row = MethodRecipe(
      method, named: method.name + suffix, kind: try kind(for: method.kind, on: network),
      isFrozen: self == .frozenHiddenLayers)
    try row.make(calibrated: nil).check(
      row.frozenHiddenLayers ? network.withFrozenHiddenLayers : network)
    return row
  }

  private func kind(
    for kind: any MethodKind, on network: Network
  ) throws(SolverError) -> any MethodKind {
    switch self {
    case .backPropagatedErrors:
      guard let kind = kind.backPropagating else {
        throw .unsuitable(
          "weights move with the variables of one energy, not by an update that takes errors")
      }
      return kind
    case .frozenHiddenLayers:
      guard network.layers.dropLast().contains(where: \.isTrainable) else {
        throw .unsuitable("the network has no hidden layer to freeze")
      }
      return kind
    }
  }
}

/// A control that was asked for and is not among a task's methods.
struct MissingControl: Sendable {
  let task: String
  let method: String
  let control: StudyControl
  /// Why, without a full stop.
  let reason: String
}

extension [MissingControl] {
  /// A sentence for each task and reason.
  var sentences: [String] {
    var groups: [(task: String, reason: String, names: [String])] = []
    for one in self {
      let name = one.method + one.control.suffix
      if let index = groups.firstIndex(where: { $0.task == one.task && $0.reason == one.reason }) {
        groups[index].names.append(name)
      } else {
        groups.append((one.task, one.reason, [name]))
      }
    }
    return groups.map { "\($0.task): no \($0.names.joined(separator: ", ")): \($0.reason)" }
  }
}

extension Recipe {
  /// The methods, each followed by its controls, and the controls that are left out: one that is there
  /// already under any name, and those that make no sense.
  func methods(
    _ methods: [MethodRecipe], with controls: [StudyControl]
  ) -> (all: [MethodRecipe], missing: [MissingControl]) {
    // The network is known to be one: it was checked when the recipe was read.
    guard let network = try? likeness() else { return (methods, []) }
    var (rows, missing) = (methods.map { [$0] }, [MissingControl]())
    for (index, method) in methods.enumerated() {
      for control in controls {
        do throws(SolverError) {
          let row = try control.row(for: method, on: network)
          if let twin = rows.joined().first(where: { $0.trains(as: row) }) {
            throw .unsuitable("\(twin.name) is the same training")
          }
          rows[index].append(row)
        } catch {
          missing.append(
            MissingControl(
              task: name, method: method.name, control: control, reason: error.description))
        }
      }
    }
    return (Array(rows.joined()), missing)
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
