import Distributed
import Lifted
import Tensors

/// Takes the steps of a run: by one process, or by all ranks together.
struct Trainer {
  private let training: StochasticTraining
  private let parallel: DataParallelTraining?
  private let samples: any SampleSource
  private let pool: WorkerPool
  private var workspace: TrainingWorkspace<Float>
  private var parts: DataParallelWorkspace<Float>?
  /// Whether some rank asked for an end during the last step.
  private var isInterrupted = false

  /// - Parameters:
  ///   - training: what is trained.
  ///   - samples: its samples; of several ranks' each keeps its own.
  ///   - parallel: the same training by all ranks together, if it is that.
  ///   - pool: the threads to work with.
  init(
    _ training: StochasticTraining, on samples: any SampleSource,
    together parallel: DataParallelTraining?, _ pool: WorkerPool
  ) {
    (self.training, self.parallel, self.samples, self.pool) = (training, parallel, samples, pool)
    workspace = TrainingWorkspace(for: training.network)
    parts = parallel.map { DataParallelWorkspace(for: $0) }
  }

  /// Whether to end before the next step. Ranks ask one another with each step, so that all end after the
  /// same.
  func isToEnd(_ isInterrupted: () -> Bool) -> Bool {
    parallel == nil ? isInterrupted() : self.isInterrupted
  }

  /// One step; whether it was the last of its epoch. A step that the diverged state does not allow leaves a
  /// loss that is not a number.
  /// - Throws: `SolverError`, of several ranks as `AgreedError`; `CommunicationError`.
  mutating func step(
    _ state: inout TrainingState<Float>, _ isInterrupted: () -> Bool
  ) throws -> Bool {
    do {
      guard let parallel, var parts else {
        return try training.step(&state, &workspace, from: samples, on: pool)
      }
      self.parts = nil
      defer { self.parts = parts }
      let outcome = try parallel.step(
        &state, &parts, from: samples, isInterrupted: isInterrupted(), on: pool)
      self.isInterrupted = outcome.isInterrupted
      return outcome.endsEpoch
    } catch SolverError.notPositiveDefinite {
      state.progress.lossOfEpoch = .nan
      return false
    } catch let problem as SolverError {
      guard parallel != nil else { throw problem }
      throw AgreedError("\(problem)")
    }
  }
}

extension TrainingState {
  /// Whether training has left the numbers: the loss, or after an epoch the parameters, are not finite.
  func hasDiverged(atEndOfEpoch endsEpoch: Bool) -> Bool {
    !progress.lossOfEpoch.isFinite || endsEpoch && !theta.isFinite
  }
}
