import Lifted
import Tensors

/// A training that several ranks do together: what is shared out, and how.
public protocol RankTraining: Sendable {
  /// The ranks; all make the same calls.
  var communicator: any Communicator { get }
  /// The samples that this rank looks at; it may forget the others.
  var ownSamples: Range<Int> { get }
  /// What the bits of the outcome depend on beside the recipe: to be kept for those who go on.
  var plan: RankPlan { get }
  /// What takes this rank's steps.
  func steps<S: TensorScalar & Transferable>(of type: S.Type) -> any RankSteps<S>
}

/// The steps that a rank takes of a ``RankTraining``, with the memory that they need. All ranks make the same
/// calls.
public protocol RankSteps<S> {
  associatedtype S: TensorScalar & Transferable

  /// Hands the first rank's state out: what a rank needs before its first step. The others come with a state
  /// of the same training, of which nothing counts but shapes.
  /// - Throws: ``CommunicationError``.
  mutating func handOut(_ state: inout TrainingState<S>) throws
  /// One step.
  /// - Parameters:
  ///   - state: this rank's; its progress is the same on all ranks before and after. A step that the diverged
  ///     state does not allow leaves a loss that is not a number, on all ranks.
  ///   - samples: all samples under their numbers; only ``RankTraining/ownSamples`` are looked at.
  ///   - isInterrupted: whether this rank asks for an end; all then learn of it.
  ///   - pool: this rank's threads.
  /// - Throws: `SolverError` on all ranks alike, ``CommunicationError``.
  mutating func step(
    _ state: inout TrainingState<S>, from samples: any SampleSource, isInterrupted: Bool,
    on pool: WorkerPool
  ) throws -> RankStep
  /// Makes the first rank's state whole: what would go on from here, with any number of ranks.
  /// - Throws: ``CommunicationError``.
  mutating func collect(_ state: inout TrainingState<S>) throws
  /// After an epoch: makes states equal that are so but for rounding, on processors of several kinds.
  /// - Throws: ``CommunicationError``.
  mutating func agree(on state: inout TrainingState<S>) throws
}

/// What a step of several ranks was.
public struct RankStep: Sendable, Equatable {
  /// Whether it was the last of its epoch.
  public let endsEpoch: Bool
  /// Whether some rank asked for an end.
  public let isInterrupted: Bool

  public init(endsEpoch: Bool, isInterrupted: Bool) {
    (self.endsEpoch, self.isInterrupted) = (endsEpoch, isInterrupted)
  }
}
