import Distributed
import Foundation
import Interchange
import Lifted
import Tensors

/// A training under way in a run folder: steps, history, checkpoints, and how it ended.
///
/// Everything in the folder but clocks is a function of the recipe: stop the run after any step,
/// resume it, and weights and history are the same bytes.
public struct TrainingRun {
  /// What is run.
  public let experiment: Experiment
  /// Where it is written.
  public let folder: RunFolder
  private let pool: WorkerPool
  private let lock: RunLock
  private let events: EventFile
  private let probe: Batch<Float>
  private let stopRule: StopRule
  private var history: History
  private var checkpoint: Checkpoint
  private var trainer: Trainer
  private let parallel: (any RankTraining)?
  private var newest: HistoryRow?
  /// The processor time of this process at which a run without interruptions would have begun.
  private let cpuStart: Double

  /// Starts a run in an empty or half-made folder.
  /// - Parameters:
  ///   - experiment: what to train.
  ///   - folder: where to write.
  ///   - pool: the threads to work with.
  ///   - cpuStart: ``Machine/cpuSeconds()`` before the experiment was made, if that is to count.
  ///   - parallel: the experiment's training by several ranks, of which this is the first; the others
  ///     make a ``FollowingRun`` each.
  /// - Throws: an error of one line if the folder cannot be written.
  public init(
    _ experiment: Experiment, startingIn folder: RunFolder, on pool: WorkerPool,
    since cpuStart: Double = Machine.cpuSeconds(), together parallel: (any RankTraining)? = nil
  ) throws {
    let lock = try folder.lock()
    try folder.clearHalfMade()
    try self.init(
      experiment, folder, lock, pool, History(startingIn: folder),
      Checkpoint(
        state: experiment.training.start(from: experiment.initial), watch: StopWatch(), seconds: 0),
      EventFile(in: folder, at: Date()), cpuStart, parallel)
    try saveState()
    // Last of all: a folder with a recipe is one that can be resumed.
    try AtomicFile.write(Data(try experiment.recipe.yaml.utf8), to: folder.recipe)
  }

  /// Goes on with a run that was stopped, or broke off: then from its last checkpoint.
  /// - Parameters: as above.
  /// - Throws: an error of one line if the folder is damaged or in use.
  public init(
    _ experiment: Experiment, resuming folder: RunFolder, on pool: WorkerPool,
    since cpuStart: Double = Machine.cpuSeconds(), together parallel: (any RankTraining)? = nil
  ) throws {
    let lock = try folder.lock()
    let checkpoint = try Checkpoint(
      reading: folder, start: experiment.training.start(from: experiment.initial),
      experiment.training, samples: experiment.data.train.count)
    let step = checkpoint.state.progress.step
    try self.init(
      experiment, folder, lock, pool, History(resuming: folder, after: step), checkpoint,
      EventFile(in: folder, resumingAfter: step, at: Date()), cpuStart, parallel)
    newest = history.rows.last
    try? FileManager.default.removeItem(at: folder.failure)
  }

  private init(
    _ experiment: Experiment, _ folder: RunFolder, _ lock: RunLock, _ pool: WorkerPool,
    _ history: History, _ checkpoint: Checkpoint, _ events: EventFile, _ cpuStart: Double,
    _ parallel: (any RankTraining)?
  ) throws {
    (self.folder, self.lock, self.pool, self.parallel) = (folder, lock, pool, parallel)
    (self.history, self.checkpoint, self.events) = (history, checkpoint, events)
    self.cpuStart = cpuStart - checkpoint.cpuSeconds
    stopRule = try experiment.recipe.training.stopRule
    probe = Experiment.probe(of: experiment.data.train, for: experiment.network, on: pool)
    var experiment = experiment
    if let parallel {
      try experiment.data.keepTraining(only: parallel.ownSamples)
    }
    self.experiment = experiment
    trainer = Trainer(
      experiment.training, on: experiment.data.train, together: parallel, pool)
    self.checkpoint.plan = parallel?.plan
  }

  /// Trains until a stop rule holds or `isInterrupted` says so, after any step.
  ///
  /// - Returns: why it ended. After `StopReason.interrupted` the folder holds a checkpoint; after any
  ///   other reason the final figures, pictures and report.
  /// - Throws: an error of one line; that of a solver that gave up is in the folder, too.
  public mutating func run(
    display: inout ProgressDisplay, isInterrupted: () -> Bool
  ) throws -> StopReason {
    defer { display.finish() }
    do { return try train(&display, isInterrupted) } catch {
      if error is SolverError || error is AgreedError {
        try RunFailure("\(error)", cpuSeconds: Machine.cpuSeconds() - cpuStart).write(to: folder)
      }
      throw error
    }
  }

  private mutating func train(
    _ display: inout ProgressDisplay, _ isInterrupted: () -> Bool
  ) throws -> StopReason {
    try announce(checkpoint.stopReason)
    if let reason = checkpoint.stopReason {
      if !FileManager.default.fileExists(atPath: folder.report.path) { try finish(reason) }
      return reason
    }
    try trainer.handOut(&checkpoint.state)
    while true {
      if trainer.isToEnd(isInterrupted) {
        try trainer.collect(&checkpoint.state)
        try saveState()
        return .interrupted
      }
      let endsEpoch = try step(isInterrupted)
      let hasDiverged = try trainer.hasDiverged(checkpoint.state, atEndOfEpoch: endsEpoch)
      if hasDiverged || endsEpoch { try trainer.collect(&checkpoint.state) }
      if hasDiverged {
        try finish(.notFinite)
        return .notFinite
      }
      display.update(progress)
      guard endsEpoch else { continue }
      let reason = try endEpoch()
      try announce(reason)
      display.log(progress)
      if let reason {
        try finish(reason)
        return reason
      }
      try trainer.agree(on: &checkpoint.state)
    }
  }

  private mutating func step(_ isInterrupted: () -> Bool) throws -> Bool {
    let start = ContinuousClock.now
    defer { checkpoint.seconds += (ContinuousClock.now - start) / .seconds(1) }
    return try trainer.step(&checkpoint.state, isInterrupted)
  }

  /// Tells the other ranks whether to end.
  private func announce(_ reason: StopReason?) throws {
    _ = try parallel?.communicator.broadcast(value: reason)
  }

  private var progress: ProgressState {
    let (state, training, data) = (
      checkpoint.state.progress, experiment.training, experiment.data.train
    )
    let seen = state.samplesOfEpoch == 0 ? data.count : state.samplesOfEpoch
    let steps = training.lastStep(samples: data.count, after: state)
    return ProgressState(
      epoch: state.samplesOfEpoch == 0 ? state.epoch : state.epoch + 1,
      epochs: steps / training.stepsPerEpoch(samples: data.count), step: state.step, steps: steps,
      seconds: checkpoint.seconds, loss: state.lossOfEpoch / Double(seen),
      validationLoss: newest?.validationLoss, metric: newest?.validationMetric,
      metricKind: experiment.metric)
  }

  /// Validates, writes the history, keeps the best weights, saves the state.
  private mutating func endEpoch() throws -> StopReason? {
    let validation =
      experiment.data.validation.count > 0 ? try score(experiment.data.validation) : nil
    let row = try historyRow(validation)
    // Best is what validates best: fewest errors, least squared error or largest PSNR; without
    // validation samples, the training loss decides.
    let value = validation.map { experiment.metric.cost($0.metric) }
    let reason = checkpoint.watch.observe(
      value ?? row.trainingLoss, seconds: checkpoint.seconds,
      gradientEvaluations: row.gradientEvaluations,
      forwardLoss: validation?.loss ?? row.trainingLoss, by: stopRule)
    if checkpoint.watch.isBest {
      try WeightFile.write(
        checkpoint.state.theta, of: experiment.network, to: folder.bestWeights)
    }
    try history.append(row, seconds: checkpoint.seconds)
    try events.write(row.eventValues, step: row.step, at: Date())
    newest = row
    checkpoint.stopReason = reason
    try saveState()
    return reason
  }

  private func historyRow(_ validation: Score?) throws -> HistoryRow {
    let (progress, training) = (checkpoint.state.progress, experiment.training)
    let diagnosis = try LayerDiagnosis.ofLayers(
      of: experiment.network, at: checkpoint.state.theta, probe, beta: progress.nudge, on: pool)
    return HistoryRow(
      epoch: progress.epoch, step: progress.step,
      gradientEvaluations: progress.gradientEvaluations,
      trainingLoss: progress.lossOfEpoch / Double(experiment.data.train.count),
      validationLoss: validation?.loss, validationMetric: validation?.metric,
      nudge: progress.nudge,
      stepFactor: training.stepFactor(samples: experiment.data.train.count, after: progress),
      objective: progress.diagnosis?.objective, stationarity: progress.diagnosis?.stationarity,
      gradientCosine: training.method.signal.cosineToBackPropagation(
        of: experiment.network, at: checkpoint.state.theta, probe, beta: progress.nudge, on: pool),
      layers: diagnosis.enumerated().map { l, layer in
        LayerRecord(
          penalty: progress.diagnosis?.penalties?[l] ?? layer.penalty,
          consistencyGap: progress.diagnosis?.consistencyGaps?[l] ?? layer.consistencyGap,
          activeFraction: layer.activeFraction)
      })
  }

  private func score(_ samples: EvaluationSamples) throws -> Score {
    try experiment.score(checkpoint.state.theta, on: samples, pool: pool)
  }

  private mutating func saveState() throws {
    checkpoint.cpuSeconds = Machine.cpuSeconds() - cpuStart
    try WeightFile.write(checkpoint.state.theta, of: experiment.network, to: folder.lastWeights)
    try checkpoint.write(to: folder, experiment.network)
  }

  // MARK: The end

  private func finish(_ reason: StopReason) throws {
    try summary(reason).write(to: folder)
    let grid = try PictureGrid(experiment, checkpoint.state.theta, on: pool).grid
    for (row, pictures) in grid.rows.enumerated() {
      for (column, picture) in pictures.pictures.enumerated() {
        try folder.writePicture(picture.png, named: "\(row + 1)-\(column + 1)")
      }
    }
    let tag = grid.title
    for row in grid.rows {
      if let first = row.pictures.first,
        let value = EventValue.picture(
          "\(tag)/\(row.label)", png: first.png)
      {
        try events.write([value], step: checkpoint.state.progress.step, at: Date())
      }
    }
    try RunReport.write(for: folder, on: pool, experiment: experiment)
  }

  /// The loss of the last epoch's steps, and the metric of the last weights on the first samples; patches
  /// of pictures have no metric.
  private func trainingFigures() throws -> [String: Double] {
    var figures: [String: Double] = [:]
    // Of a rank's own samples some of the first may be missing.
    let data =
      parallel == nil
      ? experiment.data
      : try DataSets(experiment.recipe, share: .first(Self.mostTrainingSamples))
    if let samples = data.train as? ImageSamples {
      let first = samples.subset(0..<min(samples.count, Self.mostTrainingSamples))
      figures[experiment.metric.rawValue] = try score(.samples(first)).metric
    }
    figures["loss"] = newest?.trainingLoss
    return figures.filter(\.value.isFinite)
  }

  private static let mostTrainingSamples = 10_000

  private func summary(_ reason: StopReason) throws -> Summary {
    let progress = checkpoint.state.progress
    let data = experiment.data
    let theta = checkpoint.state.theta
    var test = try experiment.figures(of: theta, on: data.test, pool: pool)
    if FileManager.default.fileExists(atPath: folder.bestWeights.path) {
      let best = try WeightFile.read(from: folder.bestWeights, for: experiment.network)
      test["best_\(experiment.metric.rawValue)"] =
        try experiment.score(best, on: data.test, pool: pool).metric
    }
    return Summary(
      method: experiment.method.name, seed: experiment.recipe.seed, epochs: progress.epoch,
      steps: progress.step, train: try trainingFigures(),
      validation: data.validation.count > 0
        ? try experiment.figures(of: theta, on: data.validation, pool: pool) : [:],
      test: test, seconds: checkpoint.seconds, cpuSeconds: Machine.cpuSeconds() - cpuStart,
      gradientEvaluations: progress.gradientEvaluations,
      peakMemoryBytes: Machine.peakMemoryBytes(), stopReason: reason.description,
      machine: .current(threads: pool.threads, linearAlgebra: BLAS.name), date: Date(),
      version: LiftedVersion.current)
  }
}
