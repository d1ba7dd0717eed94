import Foundation
import Tensors

/// What came of an inversion, kept as `summary.json`.
public struct InversionSummary: Codable, Sendable {
  /// One method.
  public struct Method: Codable, Sendable {
    /// Its name.
    public let method: String
    /// Figures of each unknown.
    public let unknowns: [InversionAnswer.Row]
    /// Means of PSNR, the start's PSNR, fidelity and root mean square error over the unknowns, by name.
    public let means: [String: Double]
    /// Processor seconds.
    public let cpuSeconds: Double
    /// What a reader must know.
    public let notes: [String]
  }

  /// The recipe's name.
  public let name: String
  /// The root seed.
  public let seed: UInt64
  /// Layers of the network.
  public let layers: Int
  /// Numbers in a measurement, and in an unknown.
  public let outputs, inputs: Int
  /// The methods in order.
  public let methods: [Method]
  /// The most memory the process held at once, in bytes.
  public let peakMemoryBytes: Int
  /// Where it ran.
  public let machine: Machine
  /// When it ended; whole seconds.
  public let date: Date
  /// Version of the tool.
  public let version: String

  init(_ session: InversionSession, threads: Int) {
    let (recipe, network) = (session.problem.recipe, session.problem.network)
    (name, seed, layers) = (recipe.name, recipe.seed, network.depth)
    (outputs, inputs) = (network.outputs, network.inputs)
    methods = session.answers.map { method, answer in
      Method(
        method: method.name, unknowns: answer.rows, means: answer.means,
        cpuSeconds: answer.cpuSeconds, notes: answer.notes)
    }
    peakMemoryBytes = Machine.peakMemoryBytes()
    machine = .current(threads: threads, linearAlgebra: BLAS.name)
    (date, version) = (Date(), LiftedVersion.current)
  }
}

extension InversionAnswer {
  /// Means over the unknowns, by name; what is not known of all of them is left out.
  public var means: [String: Double] {
    let figures: [(String, (Row) -> Double?)] = [
      ("psnr", { $0.psnr }), ("start_psnr", { $0.startPSNR }), ("rmse", { $0.rmse }),
      ("fidelity", { $0.fidelity }), ("alpha", { $0.alpha }),
      ("iterations", { $0.iterations.map(Double.init) }),
    ]
    return figures.reduce(into: [:]) { means, figure in
      let values = rows.compactMap(figure.1)
      guard values.count == rows.count, !rows.isEmpty else { return }
      means[figure.0] = values.reduce(0, +) / Double(values.count)
    }
  }

  /// The standard deviation of the PSNR over the unknowns; `nil` for fewer than two.
  public var spreadOfPSNR: Double? {
    let values = rows.compactMap(\.psnr)
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (square / Double(values.count - 1)).squareRoot()
  }
}
