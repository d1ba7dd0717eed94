import ArgumentParser
import ClusterModel
import Foundation

/// The picture of the article Planning a cluster.
struct DrawPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "picture", abstract: "Draws seconds per step over numbers of nodes as SVG.")

  @OptionGroup var options: ClusterOptions

  @Option(parsing: .upToNextOption, help: "Layers, a column each.")
  var depth = [10, 100, 1000]

  @Option(parsing: .upToNextOption, help: "Widths of every layer, a row each.")
  var width = [1024, 8192]

  @Option(parsing: .upToNextOption, help: "Numbers of nodes.")
  var nodes = [1, 4, 16, 64, 256, 1024]

  @Option(help: "Samples of a step, over all nodes.")
  var batch = 1024

  @Option(help: "The picture.")
  var output = "docs/images/cluster.svg"

  private static let styles: [(Plan.Method, colour: String, isDashed: Bool)] = [
    (.dataParallel, "#66b2f0", true), (.pipeline, "#008a64", true),
    (.backPropagation, "#0064a5", false), (.layerParallel, "#cd5500", true),
    (.lifted, "#b04e8a", false),
  ]

  func run() throws {
    let cluster = try options.cluster()
    do {
      let drawing = try svg(cluster)
      try drawing.write(toFile: output, atomically: true, encoding: .utf8)
    } catch let error as ModelError { throw ValidationError("\(error)") }
    print("picture: \(output)")
  }

  private func svg(_ cluster: Cluster) throws -> String {
    let (columns, rows) = (Double(depth.count), Double(width.count))
    var pieces: [String] = []
    var keys: [String] = []
    for (row, width) in width.enumerated() {
      for (column, depth) in depth.enumerated() {
        let job = try Job(depth: depth, width: width, batch: batch)
        let panel = PlanPanel(
          title: "\(depth) layers of \(width)", curves: try curves(job, cluster))
        pieces.append(
          panel.svg(
            x: Double(column) * PlanPanel.width, y: 24 + Double(row) * PlanPanel.height))
        keys = panel.curves.enumerated().map { index, curve in
          curve.key(
            x: 50 + Double(index % 3) * PlanPanel.width,
            y: 44 + rows * PlanPanel.height + Double(index / 3) * 20)
        }
      }
    }
    let size = (columns * PlanPanel.width, rows * PlanPanel.height + 96)
    let net = cluster.interconnect
    let note =
      "\(batch) samples a step; measured rates of one thread a node; assumed: latency "
      + "\(net.latency * 1e6) us, \(net.bandwidth / 1e9) GB/s; "
      + "\(cluster.allReduce.rawValue) all-reduce. A lifted step is not worth a step of back-propagation."
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(size.0)) \(Int(size.1))" \
      font-family="sans-serif" font-size="11" fill="#333">
      <rect width="100%" height="100%" fill="#fff"/>
      <text x="50" y="16" font-size="13">Predicted seconds per step over numbers of nodes</text>
      \((pieces + keys).joined(separator: "\n"))
      <text x="50" y="\(Int(size.1) - 10)">\(note)</text>
      </svg>

      """
  }

  private func curves(_ job: Job, _ cluster: Cluster) throws(ModelError) -> [PlanPanel.Curve] {
    var curves: [PlanPanel.Curve] = []
    for (method, colour, isDashed) in Self.styles {
      var points: [(x: Double, y: Double)] = []
      for nodes in nodes {
        let plan = try Plan.best(method, job, on: cluster, nodes: nodes)
        points.append((Double(nodes), plan.secondsPerStep))
      }
      curves.append(
        PlanPanel.Curve(
          name: method.rawValue, colour: colour, isDashed: isDashed, points: points))
    }
    return curves
  }
}
