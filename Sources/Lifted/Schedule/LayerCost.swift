import Tensors

/// How long a sweep over layers takes under each ``LayerSchedule``, in operations of the busiest core.
///
/// A layer's product of `m` rows with an `n x k` matrix is `2 m n k` operations in `t` tiles (the cut of
/// ``WorkerPool/product(_:_:into:m:n:k:alpha:beta:finish:)``). On `c` cores
///
///     tiles    sum_l  op_l ceil(t_l / c) / t_l
///     layers   sum over groups  max( sum_l op_l / c,  max_l op_l ceil(t_l / c) / t_l )
///     rows     sum_l  op_l ceil(b / c) / b (1 + h / (m / b)),   b blocks of m / b rows
///
/// `h = 16`: BLAS copies the matrix for every block, which costs as much as some 16 rows of the product.
/// The model reckons with four cores whatever the machine has, so that the cut, and with it the bits of a
/// result, is the same everywhere.
struct LayerCost {
  let samples: Int
  /// Inputs and outputs of each layer that takes part.
  let widths: [(inputs: Int, outputs: Int)]

  private static let cores = 4
  private static let copiedRows = 16.0
  private static let leastRows = 16
  private static let mostBlocks = 16

  private func operations(_ layer: (inputs: Int, outputs: Int)) -> Int {
    2 * samples * layer.inputs * layer.outputs
  }

  /// One layer by itself, its product cut into tiles.
  private func alone(_ layer: (inputs: Int, outputs: Int)) -> Double {
    let tiles = Tiling.pieces(for: operations(layer))
    return Double(operations(layer)) * Self.share(of: tiles)
  }

  /// The busiest core's share of equal pieces.
  private static func share(of pieces: Int) -> Double {
    Double((pieces + cores - 1) / cores) / Double(pieces)
  }

  /// Layers side by side in groups, given as indices of ``widths``; one group for each layer is ``tiles``.
  func layers(_ groups: [[Int]]) -> Double {
    groups.reduce(0) { sum, group in
      let all = group.reduce(0) { $0 + Double(operations(widths[$1])) }
      return sum + max(all / Double(Self.cores), group.map { alone(widths[$0]) }.max() ?? 0)
    }
  }

  /// Blocks of samples side by side.
  var rows: Double {
    let all = widths.reduce(0) { $0 + Double(operations($1)) }
    let height = Double(samples) / Double(blocks)
    return all * Self.share(of: blocks) * (1 + Self.copiedRows / max(height, 1))
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
        variableSolver.movesRowsApart && energy.inputPenalty == nil
          && cost.rows < cost.layers(groups.map { $0.map { max($0 - 1, 0) } })
      }
    let count = isCut ? cost.blocks : 1
    return (0..<count).map { ($0 * samples / count)..<(($0 + 1) * samples / count) }
  }
}
