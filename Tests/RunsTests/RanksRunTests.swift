import Distributed
import Foundation
import Interchange
import Lifted
import Tensors
import Testing

@testable import Runs

/// Gradient steps, the `failing`-th of which cannot be taken.
private struct FragileStep: WeightUpdate {
  let gradient: GradientStep
  let failing: Int?

  var moments: Int { 0 }
  var stepSize: Double { gradient.stepSize }

  func update<S: TensorScalar>(
    _ block: inout WeightBlock<S>, _ context: UpdateContext<S>, on pool: WorkerPool
  ) throws(SolverError) {
    if block.steps + 1 == failing { throw .notPositiveDefinite(what: "a test's matrix") }
    gradient.update(&block, context, on: pool)
  }
}

/// Runs of several ranks that are threads; Scripts/test-mpi has those that are processes.
@Suite struct RanksRunTests {
  private static let recipe = """
    name: shared
    data: {source: shapes, trainingSamples: 130, validationSamples: 20, testSamples: 20}
    network: [{width: 12, activation: relu}, {width: 6, activation: softmax}]
    training: {epochs: 3, batchSize: 40}
    methods:
      - {name: adam, signal: contrast, update: {rule: adam}}
      - {name: descent, kind: blockDescent, sweep: jacobi, variables: kept, restartEvery: 2}
      - {name: consensus, kind: consensus, workers: 8, localSteps: 3, rho: 1, stepSize: 0.3}
      - {name: delayed, kind: delayed, delay: 2, update: {rule: adam}}
      - {name: phases, kind: contrastive, update: {rule: adam}}

    """

  private func experiment(_ method: Int = 0, _ settings: [String] = []) throws -> Experiment {
    let recipe = try Recipe(yaml: Self.recipe, source: "shared", settings: settings)
    return try Experiment(recipe, method: recipe.methods[method], on: WorkerPool(threads: 1))
  }

  /// Trains, or goes on, by ranks; the reason why all ended.
  private func train(
    _ experiment: Experiment, in folder: RunFolder, ranks: Int, resuming: Bool = false,
    plan: RankPlan = RankPlan(order: .deterministic, shards: 8),
    isInterrupted: @escaping @Sendable (_ rank: Int, _ step: Int) -> Bool = { _, _ in false },
    prepare: @escaping @Sendable (_ experiment: inout Experiment, _ rank: Int) throws -> Void = {
      _, _ in
    }
  ) throws -> StopReason {
    let reasons = try ThreadCommunicator.run(ranks: ranks) { c in
      let pool = WorkerPool(threads: 1)
      var experiment = experiment
      try prepare(&experiment, c.rank)
      let parallel = try plan.training(of: experiment, over: c)
      var steps = 0
      let asks = {
        steps += 1
        return isInterrupted(c.rank, steps)
      }
      guard c.isRoot else {
        var run = try FollowingRun(experiment, together: parallel, on: pool)
        return try run.run(isInterrupted: asks)
      }
      var run =
        try resuming
        ? TrainingRun(experiment, resuming: folder, on: pool, together: parallel)
        : TrainingRun(experiment, startingIn: folder, on: pool, together: parallel)
      var display = ProgressDisplay(mode: .quiet) { _ in }
      return try run.run(display: &display, isInterrupted: asks)
    }
    #expect(reasons.allSatisfy { $0 == reasons[0] } && reasons.count == ranks)
    return reasons[0]
  }

  private func expectSame(_ a: RunFolder, _ b: RunFolder) throws {
    for file in [\RunFolder.lastWeights, \.bestWeights, \.historyCSV, \.historyJSONL, \.recipe] {
      let isSame = try Data(contentsOf: a[keyPath: file]) == Data(contentsOf: b[keyPath: file])
      #expect(isSame, "\(a[keyPath: file].lastPathComponent) differs")
    }
  }

  @Test("Ranks leave the run folder of one rank, with the same bytes and final figures")
  func sameFolder() throws {
    let scratch = try Scratch()
    let one = try scratch.run("one")
    #expect(try train(experiment(), in: one, ranks: 1) == .maximumIterations)
    for ranks in [2, 3, 4] {
      let folder = try scratch.run("\(ranks)")
      #expect(try train(experiment(), in: folder, ranks: ranks) == .maximumIterations)
      try expectSame(one, folder)
      let (a, b) = (try Summary(reading: one), try Summary(reading: folder))
      #expect(a.train == b.train && a.test == b.test && a.validation == b.validation)
      #expect(FileManager.default.fileExists(atPath: folder.report.path))
    }
  }

  @Test("Stopped by any rank after any step, ranks of another number go on to the same bytes")
  func restart() throws {
    let scratch = try Scratch()
    let whole = try scratch.run("whole")
    _ = try train(experiment(), in: whole, ranks: 2)
    for (step, first, second) in [(1, 4, 2), (3, 2, 3), (4, 3, 1), (7, 1, 4), (12, 2, 2)] {
      let folder = try scratch.run("stop\(step)")
      let reason = try train(experiment(), in: folder, ranks: first) { rank, k in
        rank == first - 1 && k == step
      }
      // The wish of the last step of all comes too late.
      #expect(reason == (step == 12 ? .maximumIterations : .interrupted))
      #expect(RankPlan(of: folder) == RankPlan(order: .deterministic, shards: 8))
      if reason == .interrupted {
        #expect(
          try train(experiment(), in: folder, ranks: second, resuming: true) == .maximumIterations)
      }
      try expectSame(whole, folder)
    }
  }

  @Test(
    "By consensus and with delays the same: stopped after any step, any number of ranks goes on",
    arguments: [2, 3])
  func lowCommunicationRestart(method: Int) throws {
    let scratch = try Scratch()
    let whole = try scratch.run("whole")
    let experiment = try experiment(method)
    _ = try train(experiment, in: whole, ranks: 2)
    for (step, first, second) in [(1, 4, 2), (2, 1, 3), (5, 2, 1), (6, 3, 4), (7, 1, 4)] {
      let folder = try scratch.run("stop\(step)")
      let reason = try train(experiment, in: folder, ranks: first) { rank, k in
        rank == first - 1 && k == step
      }
      #expect(reason == .interrupted)
      #expect(
        try train(experiment, in: folder, ranks: second, resuming: true) == .maximumIterations)
      try expectSame(whole, folder)
    }
  }

  @Test("Consensus on ranks leaves the folder of one process that knows nothing of ranks")
  func consensusAlone() throws {
    let scratch = try Scratch()
    let (experiment, ranks) = (try experiment(2), try scratch.run("ranks"))
    _ = try train(experiment, in: ranks, ranks: 3)
    var alone = try TrainingRun(
      experiment, startingIn: scratch.run("alone"), on: WorkerPool(threads: 2))
    var display = ProgressDisplay(mode: .quiet) { _ in }
    _ = try alone.run(display: &display) { false }
    try expectSame(ranks, alone.folder)
    #expect(RankPlan(of: ranks) == RankPlan())
    #expect(throws: SolverError.self) {
      try RankPlan(shards: 7).training(of: experiment, over: LoneRank())
    }
  }

  @Test("Fewer samples than there are usually shards need no word about shards")
  func fewSamples() throws {
    let scratch = try Scratch()
    let few = try experiment(0, ["data.trainingSamples=5", "training.epochs=1"])
    #expect(
      try train(few, in: scratch.run("few"), ranks: 3, plan: RankPlan()) == .maximumIterations)
    #expect(throws: SolverError.self) {
      try RankPlan(shards: 6).training(of: few, over: LoneRank())
    }
  }

  @Test("A finished run is finished for all ranks")
  func finished() throws {
    let scratch = try Scratch()
    let folder = try scratch.run("run")
    _ = try train(experiment(), in: folder, ranks: 2)
    let before = try Data(contentsOf: folder.lastWeights)
    #expect(try train(experiment(), in: folder, ranks: 3, resuming: true) == .maximumIterations)
    #expect(try Data(contentsOf: folder.lastWeights) == before)
  }

  @Test("Patience and divergence end all ranks alike")
  func ends() throws {
    let scratch = try Scratch()
    let patient = try experiment(0, ["training.patience=1", "training.epochs=400"])
    #expect(try train(patient, in: scratch.run("patient"), ranks: 3) == .patience)
    let wild = try experiment(
      0, ["methods.0.update.rule=gradient", "methods.0.update.stepSize=1e30"])
    #expect(try train(wild, in: scratch.run("wild"), ranks: 2) == .notFinite)
  }

  @Test("An update that fails on one rank alone ends all as diverged, after any step")
  func failure() throws {
    let scratch = try Scratch()
    let experiment = try experiment()
    for (faulty, step) in [(0, 1), (1, 3), (2, 4), (0, 8), (1, 12)] {
      let folder = try scratch.run("\(faulty)-\(step)")
      let reason = try train(
        experiment, in: folder, ranks: 3,
        prepare: { experiment, rank in
          let update = FragileStep(
            gradient: try GradientStep(stepSize: 0.1), failing: rank == faulty ? step : nil)
          experiment.training = try StochasticTraining(
            experiment.network,
            method: OneSweep(signal: CentredContrast(), updates: [update], nudge: Nudge(1)),
            batchSize: 40, epochs: 3, seed: 1)
        })
      #expect(reason == .notFinite)
      #expect(try Summary(reading: folder).stopReason == StopReason.notFinite.description)
    }
  }

  @Test("Ranks that read their own samples only leave the same folder")
  func shares() throws {
    let scratch = try Scratch()
    let whole = try scratch.run("whole")
    _ = try train(experiment(), in: whole, ranks: 3)
    let folder = try scratch.run("shares")
    let recipe = try experiment().recipe
    let reason = try train(
      experiment(), in: folder, ranks: 3,
      prepare: { experiment, rank in
        experiment = try Experiment(
          recipe, method: recipe.methods[0], share: .rank(rank),
          on: WorkerPool(threads: 1))
      })
    #expect(reason == .maximumIterations)
    try expectSame(whole, folder)
    #expect(try Summary(reading: folder).train == Summary(reading: whole).train)
  }

  @Test("Layers on ranks leave the run folder of one process, stopped after any step or not")
  func layers() throws {
    let scratch = try Scratch()
    let plan = RankPlan(layersPerRank: .count(1))
    let descent = try experiment(1)
    let one = try scratch.run("one")
    var alone = try TrainingRun(descent, startingIn: one, on: WorkerPool(threads: 1))
    var display = ProgressDisplay(mode: .quiet) { _ in }
    #expect(try alone.run(display: &display) { false } == .maximumIterations)
    let two = try scratch.run("two")
    #expect(try train(descent, in: two, ranks: 2, plan: plan) == .maximumIterations)
    try expectSame(one, two)
    for (step, ranks) in [(1, 2), (3, 1), (6, 2)] {
      let folder = try scratch.run("stop\(step)")
      let reason = try train(descent, in: folder, ranks: 2, plan: plan) { rank, k in
        rank == 1 && k == step
      }
      #expect(reason == .interrupted && RankPlan(of: folder) == plan)
      // As before where that makes up the ranks, else as suits them.
      let next = RankPlan().following(RankPlan(of: folder), of: descent, ranks: ranks)
      #expect(next.layersPerRank == (ranks == 2 ? .count(1) : nil))
      #expect(
        try train(descent, in: folder, ranks: ranks, resuming: true, plan: next)
          == .maximumIterations)
      try expectSame(one, folder)
    }
  }

  @Test("Variables of other samples in a checkpoint are its error")
  func damagedVariables() throws {
    let scratch = try Scratch()
    let folder = try scratch.run("run")
    let descent = try experiment(1)
    _ = try train(descent, in: folder, ranks: 1, plan: RankPlan(layersPerRank: .auto)) { _, k in
      k == 2
    }
    var file = try Safetensors.read(from: folder.stateTensors)
    file = Safetensors(
      entries: file.entries.map {
        $0.name.hasPrefix("kept.") ? NamedTensor($0.name, .float32(Tensor(shape: [3, 12]))) : $0
      }, metadata: file.metadata)
    try file.write(to: folder.stateTensors)
    #expect(throws: FormatError.self) {
      try TrainingRun(descent, resuming: folder, on: WorkerPool(threads: 1))
    }
  }

  @Test("Divergence of layers on ranks ends all alike")
  func divergence() throws {
    let scratch = try Scratch()
    let wild = try experiment(1, ["methods.1.hiddenWeight=1.0e+39"])
    #expect(
      try train(
        wild, in: scratch.run("wild"), ranks: 2, plan: RankPlan(layersPerRank: .count(1)))
        == .notFinite)
  }

  @Test("Trainings that end before anything moves are refused")
  func comesToNothing() throws {
    // Three epochs of four steps.
    for (method, setting) in [
      (2, "localSteps=13"), (2, "workers=131"), (3, "delay=12"),
    ] {
      #expect(throws: RecipeError.self, "\(setting)") {
        try experiment(method, ["methods.\(method).\(setting)"])
      }
    }
    for (method, setting) in [(2, "localSteps=12"), (2, "workers=130"), (3, "delay=11")] {
      _ = try experiment(method, ["methods.\(method).\(setting)"])
    }
  }

  @Test("A method that cannot be shared out so says so before anything is written")
  func refused() throws {
    let (sweep, descent, phases) = (try experiment(0), try experiment(1), try experiment(4))
    for (experiment, plan) in [
      (phases, RankPlan()), (descent, RankPlan(order: .fast)), (descent, RankPlan(shards: 4)),
      (sweep, RankPlan(layersPerRank: .auto)), (descent, RankPlan(layersPerRank: .count(1))),
    ] {
      #expect(throws: SolverError.self) { try plan.training(of: experiment, over: LoneRank()) }
    }
  }
}
