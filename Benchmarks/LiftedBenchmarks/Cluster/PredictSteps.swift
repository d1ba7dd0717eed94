import ArgumentParser
import ClusterModel
import Foundation

/// Predicts the time of a step.
struct PredictSteps: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predicts seconds per step for depths, widths and numbers of nodes.",
    discussion: """
      A step of lifted block descent is not worth a step of back-propagation: an error moves back \
      one layer a step. See docs/PlanningACluster.md.
      """)

  @OptionGroup var options: ClusterOptions

  @Option(parsing: .upToNextOption, help: "Layers.")
  var depth = [100]

  @Option(parsing: .upToNextOption, help: "Width of every layer.")
  var width = [4096]

  @Option(parsing: .upToNextOption, help: "Numbers of nodes.")
  var nodes = [1, 4, 16, 64, 256, 1024]

  @Option(help: "Samples of a step, over all nodes.")
  var batch = 1024

  @Option(help: "Write the table to this CSV file as well.")
  var csv: String?

  private static let head = [
    "depth", "width", "nodes", "method", "stages", "replicas", "micro-batches", "seconds",
    "GB a node",
  ]

  func run() throws {
    let cluster = try options.cluster()
    var rows: [[String]] = [Self.head]
    do {
      for depth in depth {
        for width in width {
          let job = try Job(depth: depth, width: width, batch: batch)
          for nodes in nodes {
            for method in Plan.Method.allCases {
              rows.append(Self.row(try .best(method, job, on: cluster, nodes: nodes), job, nodes))
            }
          }
        }
      }
    } catch { throw ValidationError("\(error)") }
    print(Figures.columns(rows))
    if let csv {
      let lines = rows.map { row in
        row.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",")
      }
      try (lines.joined(separator: "\n") + "\n").write(
        toFile: csv, atomically: true, encoding: .utf8)
    }
  }

  private static func row(_ plan: Plan, _ job: Job, _ nodes: Int) -> [String] {
    ["\(job.depth)", "\(job.width)", "\(nodes)", plan.method.rawValue]
      + ["\(plan.grid.stages)", "\(plan.grid.replicas)", "\(plan.microBatches)"]
      + [Figures.short(plan.secondsPerStep), Figures.short(plan.grid.bytesOfMemory(job) / 1e9)]
  }
}
