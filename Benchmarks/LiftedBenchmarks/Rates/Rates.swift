import ArgumentParser
import Foundation
import Lifted
import Runs

/// Rates of the block solvers in iterations, which no clock has a part in: the same on every machine.
struct Rates: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures how fast the block solvers converge; prints tables, writes a page.")

  @Option(help: "The page.")
  var output = "Benchmarks/results/rates.html"

  func run() throws {
    let sections = try Self.sections()
    for section in sections {
      print("\(section.title)\n\(section.text)\n\n\(Figures.columns(section.table))\n")
    }
    let page = FigurePage(
      title: "Rates of the block solvers",
      abstract: "Iterations, not seconds, on random problems from a fixed seed.",
      sections: sections)
    let url = URL(fileURLWithPath: output)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try page.write(to: url)
    print("page: \(output)")
  }

  private static func sections() throws -> [FigurePage.Section] {
    let (relu, tanh, mac) = (ReLU(), Tanh(), MACPenalty())
    let weights = try RateProblem.weights(relu, "weights, ReLU")
    return [
      try WeightRates.section(weights),
      try WeightRates.section(.weights(Softplus(), "weights, softplus")),
      try VariableRates.section(
        .variable(relu, Identity(), lambda: 0.05, "variable, ReLU below identity")),
      try VariableRates.section(
        .variable(tanh, Softmax(), lambda: 0.01, "variable, tanh below softmax")),
      try BacktrackingRates.section([
        weights, .weights(Softmax(), "weights, softmax"),
        .variable(relu, Softmax(), lambda: 0.05, "variable, ReLU below softmax"),
        .variable(tanh, Identity(), lambda: 0.02, "variable, tanh below identity"),
        .weights(tanh, penalty: mac, "MAC, weights, tanh"),
        .variable(tanh, tanh, lambda: 0.1, penalty: mac, "MAC, variable, tanh"),
      ]),
    ]
  }
}
