import Tensors

/// How long a sweep over layers takes under each ``LayerSchedule``, in operations of the busiest core.
///
/// A layer takes part in a sweep with two products of `m` samples and an `n x k` matrix, `op = 2 m n k` operations
/// each in `t` tiles (the cut of ``WorkerPool/product(_:_:into:m:n:k:alpha:beta:finish:)``): its pre-activations,
/// which all layers can have at once, and the adjoint, for which a layer waits if the sweep says so. On `c` cores
///
///     layers   sum_l op_l / c  +  sum over groups max( sum_l op_l / c,  max_l op_l ceil(t_l / c) / t_l )
///     rows     2 sum_l op_l  ceil(b / c) / b  (1 + h b / m),   b blocks of m / b samples
///
/// `h = 16`: BLAS copies the matrix for every block, which was measured to cost as much as some 16 rows of the
/// product. The model reckons with four cores whatever the machine has, so that the cut, and with it the bits of a
/// result, is the same everywhere.
struct LayerCost {
  let samples: Int
  /// Inputs and outputs of each layer that takes part.
  let widths: [(inputs: Int, outputs: Int)]

  private static let cores = 4
  private static let copiedRows = 16.0
  private static let leastRows = 32
  private static let mostBlocks = 16

  private func operations(_ layer: (inputs: Int, outputs: Int)) -> Int {
    2 * samples * layer.inputs * layer.outputs
  }

  private var all: Double { widths.reduce(0) { $0 + Double(operations($1)) } }

  /// One layer by itself, its product cut into tiles.
  private func alone(_ layer: (inputs: Int, outputs: Int)) -> Double {
    Double(operations(layer)) * Self.share(of: Tiling.pieces(for: operations(layer)))
  }

  /// The busiest core's share of equal pieces.
  private static func share(of pieces: Int) -> Double {
    Double((pieces + cores - 1) / cores) / Double(pieces)
  }

  /// Layers side by side in groups, given as indices of ``widths``.
  func layers(_ groups: [[Int]]) -> Double {
    groups.reduce(all / Double(Self.cores)) { sum, group in
      let work = group.reduce(0) { $0 + Double(operations(widths[$1])) }
      return sum + max(work / Double(Self.cores), group.map { alone(widths[$0]) }.max() ?? 0)
    }
  }

  /// Blocks of samples side by side.
  var rows: Double {
    let height = Double(samples) / Double(blocks)
    return 2 * all * Self.share(of: blocks) * (1 + Self.copiedRows / max(height, 1))
  }

  /// Into how many blocks samples are cut: a function of their number alone.
  var blocks: Int { max(min(Self.mostBlocks, samples / Self.leastRows), 1) }
}

extension BlockDescent {
  /// The samples in blocks that go through the whole sweep by themselves; a single block where layers, or
  /// their tiles, are what is cut.
  func rowBlocks(samples: Int, _ groups: [[Int]]) -> [Range<Int>] {
    let stages = energy.network.layers.map(\.stage)
    let cost = LayerCost(samples: samples, widths: stages.map { ($0.inputs, $0.outputs) })
    let isCut =
      switch schedule {
      case .rows: true
      case .tiles, .layers: false
      case .auto:
        sweep.isSequential && variableSolver.movesRowsApart && energy.inputPenalty == nil
          && cost.rows < cost.layers(groups.map { $0.map { max($0 - 1, 0) } })
      }
    let count = isCut ? cost.blocks : 1
    return (0..<count).map { ($0 * samples / count)..<(($0 + 1) * samples / count) }
  }
}
