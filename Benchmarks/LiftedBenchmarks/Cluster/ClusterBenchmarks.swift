import ArgumentParser

/// What a step would take on machines that are not here.
struct ClusterBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Measures this machine and predicts steps on many like it.",
    subcommands: [
      MeasureMachine.self, PredictSteps.self, CountSteps.self, ValidateModel.self, DrawPlan.self,
    ])
}
