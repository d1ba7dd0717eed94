import Interchange
import Tensors

extension ONNXOperation {
  /// A constant made from constants; `nil` for operations that are not known.
  func computedConstant() throws(FormatError) -> AnyTensor? {
    if node.operation == "Constant" { return constantNode }
    guard let tensor = node.inputs.first.flatMap({ constants[$0] }) else { return nil }
    if let numbers = computedIntegers { return .int64(IntegerTensor(numbers)) }
    switch node.operation {
    case "Identity": return tensor
    case "Cast" where node["to"] == .integer(1): return .float32(tensor.real())
    case "Transpose" where tensor.shape.count == 2:
      guard try integers("perm") ?? [1, 0] == [1, 0] else { return tensor }
      return .float32(tensor.real(Float.self).transposed)
    case "Reshape", "Unsqueeze", "Squeeze": return try rearranged(tensor)
    default: return nil
    }
  }

  /// Sums and the like of whole numbers, which exporters leave in the place of extents.
  private var computedIntegers: [Int64]? {
    guard node.inputs.count == 2, case .int64(let first) = constants[node.inputs[0]],
      case .int64(let second) = constants[node.inputs[1]], first.count == second.count,
      first.count <= 64
    else { return nil }
    let pairs = zip(first.scalars, second.scalars)
    switch node.operation {
    case "Add": return pairs.map { $0 &+ $1 }
    case "Sub": return pairs.map { $0 &- $1 }
    case "Mul": return pairs.map { $0 &* $1 }
    case "Div" where !second.scalars.contains { $0 == 0 || $0 == -1 }: return pairs.map { $0 / $1 }
    case "Mod" where second.scalars.allSatisfy { $0 > 0 }:
      return pairs.map { ($0 % $1 + $1) % $1 }
    default: return nil
    }
  }

  private var constantNode: AnyTensor? {
    switch node.attributes.first?.value {
    case .tensor(let tensor): tensor
    case .real(let number): .float32(Tensor(repeating: number, shape: []))
    case .reals(let numbers): .float32(Tensor(rows: numbers.map { [$0] }))
    case .integer(let number): .int64(IntegerTensor([Int64(number)]))
    case .integers(let numbers): .int64(IntegerTensor(numbers.map { Int64($0) }))
    default: nil
    }
  }

  /// A constant under another shape.
  private func rearranged(_ tensor: AnyTensor) throws(FormatError) -> AnyTensor? {
    var shape = tensor.shape
    let list = try list(1, node.operation == "Reshape" ? "shape" : "axes")
    switch node.operation {
    case "Reshape":
      guard let list, list.filter({ $0 == -1 }).count <= 1 else { return nil }
      let given = list.filter { $0 != -1 }
      guard let product = Self.count(of: given), product <= max(tensor.count, 1) else { return nil }
      shape = list.map { $0 == -1 ? tensor.count / product : $0 }
    case "Unsqueeze":
      let rank = shape.count + (list?.count ?? 0)
      for axis in (list ?? []).map({ $0 < 0 ? $0 + rank : $0 }).sorted() {
        guard (0...shape.count).contains(axis) else { return nil }
        shape.insert(1, at: axis)
      }
    default: shape = shape.filter { $0 != 1 }
    }
    guard shape.allSatisfy({ $0 >= 0 }), shape.count <= 8 else { return nil }
    if case .int64(let numbers) = tensor {
      return (try? IntegerTensor(shape: shape, scalars: numbers.scalars)).map { .int64($0) }
    }
    return (try? tensor.real(Float.self).reshaped(to: shape)).map { .float32($0) }
  }

  /// A list of extents made from such lists, as `x.view(x.shape[0], -1)` leaves them in a graph; `nil` for
  /// operations that are none.
  func computedSizes() throws(FormatError) -> [Int]? {
    guard node.inputs.contains(where: { sizes[$0] != nil }) else { return nil }
    let lists = node.inputs.map { name in
      sizes[name]
        ?? { () -> [Int]? in
          guard case .int64(let tensor) = constants[name] else { return nil }
          return tensor.scalars.map(Int.init(clamping:))
        }()
    }
    guard let first = lists.first.flatMap({ $0 }), first.count <= 64 else { return nil }
    switch node.operation {
    case "Identity", "Cast", "Unsqueeze", "Squeeze": return first
    case "Gather":
      guard let places = lists.last.flatMap({ $0 }) else { return nil }
      let chosen = places.map { $0 < 0 ? $0 + first.count : $0 }
      return chosen.allSatisfy(first.indices.contains) ? chosen.map { first[$0] } : nil
    case "Slice":
      let places = lists.dropFirst().map { $0?.first }
      guard places.count >= 2, let start = places[0], let end = places[1],
        places.count < 4 || places[3] == 1
      else { return nil }
      let bounds = [start, end].map { min(max($0 < 0 ? $0 + first.count : $0, 0), first.count) }
      return Array(first[bounds[0]..<max(bounds[0], bounds[1])])
    case "Concat":
      let all = lists.compactMap { $0 }
      return all.count == lists.count ? all.flatMap { $0 } : nil
    default: return nil
    }
  }
}

extension Tensor<Float> {
  /// A matrix with rows and columns exchanged.
  fileprivate var transposed: Self {
    let (rows, columns) = (shape[0], shape[1])
    var result = Self(shape: [columns, rows])
    result.withMutablePointer { target in
      withPointer { source in
        for i in 0..<rows {
          for j in 0..<columns { target[j * rows + i] = source[i * columns + j] }
        }
      }
    }
    return result
  }
}
