import Lifted
import Tensors

/// A rank's steps of a ``DataParallelTraining``: all ranks have the same state.
struct DataParallelSteps<S: TensorScalar & Transferable>: RankSteps {
  private let training: DataParallelTraining
  private var workspace: DataParallelWorkspace<S>

  init(_ training: DataParallelTraining) {
    self.training = training
    workspace = DataParallelWorkspace(for: training)
  }

  func handOut(_ state: inout TrainingState<S>) throws {
    try training.communicator.broadcast(&state)
  }

  mutating func step(
    _ state: inout TrainingState<S>, from samples: any SampleSource, isInterrupted: Bool,
    on pool: WorkerPool
  ) throws -> RankStep {
    try training.step(
      &state, &workspace, from: samples, isInterrupted: isInterrupted, on: pool)
  }

  func collect(_ state: inout TrainingState<S>) {}

  func agree(on state: inout TrainingState<S>) throws {
    try training.communicator.broadcast(&state)
  }
}
