import Distributed
import Lifted
import Tensors

/// Takes the steps of a run: by one process, or by all ranks together.
struct Trainer {
  private let training: StochasticTraining
  private let samples: any SampleSource
  private let pool: WorkerPool
  private var workspace: TrainingWorkspace<Float>
  private var together: (any RankSteps<Float>)?
  private let ranks: any Communicator
  /// Whether some rank asked for an end during the last step.
  private var isInterrupted = false

  /// - Parameters:
  ///   - training: what is trained.
  ///   - samples: its samples; of several ranks' each keeps its own.
  ///   - parallel: the same training by all ranks together, if it is that.
  ///   - pool: the threads to work with.
  init(
    _ training: StochasticTraining, on samples: any SampleSource,
    together parallel: (any RankTraining)?, _ pool: WorkerPool
  ) {
    (self.training, self.samples, self.pool) = (training, samples, pool)
    workspace = TrainingWorkspace(for: training.network)
    together = parallel?.steps(of: Float.self)
    ranks = parallel?.communicator ?? LoneRank()
  }

  /// Whether to end before the next step. Ranks ask one another with each step, so that all end after the
  /// same.
  func isToEnd(_ isInterrupted: () -> Bool) -> Bool {
    together == nil ? isInterrupted() : self.isInterrupted
  }

  /// Hands the first rank's state out before the first step.
  mutating func handOut(_ state: inout TrainingState<Float>) throws {
    try together?.handOut(&state)
  }

  /// Makes the first rank's state whole.
  mutating func collect(_ state: inout TrainingState<Float>) throws {
    try together?.collect(&state)
  }

  /// After an epoch: makes the ranks' states equal.
  mutating func agree(on state: inout TrainingState<Float>) throws {
    try together?.agree(on: &state)
  }

  /// One step; whether it was the last of its epoch. A step that the diverged state does not allow leaves a
  /// loss that is not a number.
  /// - Throws: `SolverError`, of several ranks as `AgreedError`; `CommunicationError`.
  mutating func step(
    _ state: inout TrainingState<Float>, _ isInterrupted: () -> Bool
  ) throws -> Bool {
    do {
      guard var steps = together else {
        return try training.step(&state, &workspace, from: samples, on: pool)
      }
      together = nil
      defer { together = steps }
      let step = try steps.step(
        &state, from: samples, isInterrupted: isInterrupted(), on: pool)
      self.isInterrupted = step.isInterrupted
      return step.endsEpoch
    } catch SolverError.notPositiveDefinite {
      state.progress.lossOfEpoch = .nan
      return false
    } catch let problem as SolverError {
      throw together == nil ? problem : AgreedError("\(problem)") as any Error
    }
  }

  /// Whether training has left the numbers: the loss, or after an epoch some rank's parameters, are not finite.
  /// The loss is the same on all ranks; parameters may not be, and all ranks must end alike.
  func hasDiverged(
    _ state: TrainingState<Float>, atEndOfEpoch endsEpoch: Bool
  ) throws(CommunicationError) -> Bool {
    guard state.progress.lossOfEpoch.isFinite else { return true }
    guard endsEpoch else { return false }
    return try ranks.allReduce([state.theta.isFinite ? 0 : 1])[0] > 0
  }
}
