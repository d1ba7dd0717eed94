import ArgumentParser

/// Stable inversion of networks, in decibels and iterations.
struct InversionBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inversion", abstract: "Inverts networks; prints tables.",
    subcommands: [Perceptron.self, RandomNetwork.self, AutoEncoder.self])
}
