import Interchange

extension ONNXOperation {
  /// Operations that leave the numbers of a sample as they are, and in their order; `nil` for others.
  func form() throws(FormatError) -> Result? {
    switch node.operation {
    case "Identity", "Cast", "CastLike": return ([], extents)
    case "Dropout": return ([], try inferredDropout())
    case "Flatten": return ([], try flattened())
    case "Reshape": return ([], try reshaped())
    case "Squeeze": return ([], try squeezed())
    case "Unsqueeze": return ([], try unsqueezed())
    case "Transpose" where try integers("perm") == Array(0...extents.count): return ([], extents)
    default: return nil
    }
  }

  private func inferredDropout() throws(FormatError) -> [Int] {
    if case .uint8(let training) = constants[node.inputs.count > 2 ? node.inputs[2] : ""],
      training.scalars.contains(1)
    {
      throw refused("is in training mode", "export the model in evaluation mode")
    }
    return extents
  }

  private func flattened() throws(FormatError) -> [Int] {
    let axis = try integer("axis", default: 1)
    guard axis == 1 || axis == -extents.count else {
      throw refused("joins other axes than those of a sample", "flatten from axis 1 on")
    }
    return [count]
  }

  private func reshaped() throws(FormatError) -> [Int] {
    guard let target = try list(1, "shape"), let first = target.first,
      try integer("allowzero", default: 0) == 0 || sizes[node.inputs[1]] != nil
        || !target.contains(0)
    else {
      throw refused("has no shape that is known", "export it with a fixed shape")
    }
    var sample = Array(target.dropFirst())
    for (axis, extent) in sample.enumerated() where extent == 0 && axis < extents.count {
      sample[axis] = extents[axis]
    }
    let given = sample.filter { $0 != -1 }
    guard let product = Self.count(of: given), count.isMultiple(of: product), (-1...1) ~= first,
      sample.count - given.count <= (first == -1 ? 0 : 1)
    else {
      throw refused(
        "makes \(target) of samples of \(Self.text(extents))",
        "keep the first axis for the samples, as by flatten(1)")
    }
    sample = sample.map { $0 == -1 ? count / product : $0 }
    guard Self.count(of: sample) == count else {
      throw refused(
        "makes \(target) of samples of \(Self.text(extents)), another number of them",
        "keep the first axis for the samples")
    }
    return sample
  }

  private func squeezed() throws(FormatError) -> [Int] {
    let rank = extents.count + 1
    let axes = try list(1, "axes")?.map { $0 < 0 ? $0 + rank : $0 }
    guard let axes, axes.allSatisfy({ (1..<rank).contains($0) && extents[$0 - 1] == 1 }) else {
      throw refused("removes axes that are not 1, or not said", "give the axes, each of extent 1")
    }
    return extents.enumerated().filter { !axes.contains($0.offset + 1) }.map(\.element)
  }

  private func unsqueezed() throws(FormatError) -> [Int] {
    let added = try list(1, "axes") ?? []
    let rank = extents.count + 1 + added.count
    let axes = added.map { $0 < 0 ? $0 + rank : $0 }.sorted()
    guard !axes.isEmpty, axes.allSatisfy((1..<rank).contains), Set(axes).count == axes.count
    else { throw refused("adds axes at \(added)", "keep the first axis for the samples") }
    return axes.reduce(into: extents) { $0.insert(1, at: min($1 - 1, $0.count)) }
  }
}
