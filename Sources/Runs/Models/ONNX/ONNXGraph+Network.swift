import Interchange
import Lifted
import Tensors

extension ONNXGraph {
  /// The chain from the input to the output, sums around a branch among its layers.
  /// - Throws: ``FormatError`` for the first operation that is refused, or where the graph is no such chain.
  func network() throws(FormatError) -> (network: Network, parameters: Parameters<Float>) {
    for entry in entries { if case .failure(let error) = entry.role { throw error } }
    let uses = uses
    var chain = ModelChain(inputs: inputExtents.reduce(1, *))
    var value = input
    while value != output {
      let following = uses[value] ?? []
      switch following.count {
      case 1:
        let entry = entries[following[0]]
        try append(entry, to: &chain)
        value = entry.node.outputs[0]
      case 2:
        let (first, second) = (
          try path(from: value, to: following[0], in: chain, uses),
          try path(from: value, to: following[1], in: chain, uses)
        )
        guard first.sum == second.sum else {
          throw refused(
            entries[following[0]], "begins one of two paths that do not meet in one sum")
        }
        let entry = entries[first.sum]
        guard try checked(entry, { try chain.append(sumOf: first.chain, and: second.chain) }) else {
          throw refused(
            entry, "adds two paths that both have activations; one of them must be affine")
        }
        value = entry.node.outputs[0]
      default:
        throw refused(
          entries[following.first ?? 0], "is one of \(following.count) that take '\(value)'")
      }
    }
    do { return try chain.network() } catch {
      throw FormatError(
        .unsupported, file: file, problem: "\(error)", remedy: "change the model and export again")
    }
  }

  /// For each value the operations that take it, once for each time.
  private var uses: [String: [Int]] {
    var (uses, made) = ([String: [Int]](), Set([input]))
    for (place, entry) in entries.enumerated() {
      for name in entry.node.inputs where made.contains(name) {
        uses[name, default: []].append(place)
      }
      made.formUnion(entry.node.outputs)
    }
    return uses
  }

  /// A path of single operations from a value to the sum in which it ends.
  private func path(
    from value: String, to first: Int, in trunk: ModelChain, _ uses: [String: [Int]]
  ) throws(FormatError) -> (chain: ModelChain, sum: Int) {
    var (chain, place) = (ModelChain(inputs: trunk.outputs), first)
    while true {
      let entry = entries[place]
      if case .success(.sum) = entry.role { return (chain, place) }
      try append(entry, to: &chain)
      let following = uses[entry.node.outputs[0]] ?? []
      guard following.count == 1 else {
        throw refused(entry, "stands in a branch that parts again, or does not end in a sum")
      }
      place = following[0]
    }
  }

  private func append(_ entry: Entry, to chain: inout ModelChain) throws(FormatError) {
    guard case .success(.steps(let steps)) = entry.role else {
      throw refused(entry, "adds what does not come from one value before it")
    }
    try checked(entry) { for step in steps { try chain.append(step) } }
  }

  private func checked<T>(_ entry: Entry, _ body: () throws -> T) throws(FormatError) -> T {
    do { return try body() } catch { throw refused(entry, "cannot be a layer: \(error)") }
  }

  private func refused(_ entry: Entry, _ reason: String) -> FormatError {
    FormatError(
      .unsupported, file: file, problem: "\(entry.node.label(at: entry.index)) \(reason)",
      remedy: "only chains of layers, and sums around one branch, are supported")
  }
}
