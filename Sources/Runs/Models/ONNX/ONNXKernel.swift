import Interchange
import Tensors

/// The kernel of a convolution in ONNX, with stride, pads, dilation and groups.
struct ONNXKernel {
  let weight: Tensor<Float>
  let kernel: Extent
  let stride: Extent
  let dilation: Extent
  let groups: Int
  private let pads: [Int]
  private let rule: Rule

  private enum Rule: String {
    case explicit = "NOTSET"
    case valid = "VALID"
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"
  }

  /// Whether the pads are given and do not depend on the image.
  var isExplicit: Bool { rule == .explicit || rule == .valid }

  init(_ operation: ONNXOperation, weight: Tensor<Float>) throws(FormatError) {
    guard weight.shape.count == 4, weight.count > 0 else {
      throw operation.refused(
        "has a kernel of shape \(weight.shape)", "only kernels with two extents are supported")
    }
    let shape = Array(weight.shape.suffix(2))
    guard try operation.integers("kernel_shape") ?? shape == shape else {
      throw operation.broken("has a kernel of shape \(weight.shape) and another kernel_shape")
    }
    self.weight = weight
    kernel = Extent(height: shape[0], width: shape[1])
    stride = try Self.extent("strides", operation)
    dilation = try Self.extent("dilations", operation)
    groups = try operation.integer("group", default: 1)
    guard (1...1 << 20).contains(groups) else { throw operation.broken("has \(groups) groups") }
    pads = try Self.pads(operation)
    rule = try Self.rule(operation)
  }

  /// Pixels from the first to the last tap, both counted.
  var reach: Extent {
    Extent(
      height: dilation.height * (kernel.height - 1) + 1,
      width: dilation.width * (kernel.width - 1) + 1)
  }

  /// A height and a width between 1 and 4096; 1 if they are left out.
  static func extent(
    _ name: String, _ operation: ONNXOperation
  ) throws(FormatError) -> Extent {
    let sides = try operation.integers(name) ?? [1, 1]
    guard sides.count == 2, sides.allSatisfy((1...4096).contains) else {
      throw operation.refused("has \(name) of \(sides)", "give two numbers from 1 to 4096")
    }
    return Extent(height: sides[0], width: sides[1])
  }

  /// Above, left, below, right.
  static func pads(_ operation: ONNXOperation) throws(FormatError) -> [Int] {
    let pads = try operation.integers("pads") ?? [0, 0, 0, 0]
    guard pads.count == 4, pads.allSatisfy((0...4096).contains) else {
      throw operation.refused("has pads of \(pads)", "give four numbers from 0 to 4096")
    }
    return pads
  }

  private static func rule(_ operation: ONNXOperation) throws(FormatError) -> Rule {
    guard let value = operation.node["auto_pad"] else { return .explicit }
    guard case .text(let name) = value, let rule = Rule(rawValue: name) else {
      throw operation.broken("has an unknown auto_pad")
    }
    return rule
  }

  /// Pads that are the same on both sides, as padding.
  func evenPads(_ operation: ONNXOperation) throws(FormatError) -> Extent {
    let pads = rule == .valid ? [0, 0, 0, 0] : pads
    guard pads[0] == pads[2], pads[1] == pads[3] else {
      throw operation.refused(
        "has pads of \(pads), which differ on two sides", "make them the same on both")
    }
    return Extent(height: pads[0], width: pads[1])
  }

  /// The kernel and its padding on an image. Pads that differ on two sides become the greater of the two on
  /// both, with as many taps of zero at the other end of the kernel: the same map.
  func withEvenPads(
    on image: ImageShape, _ operation: ONNXOperation
  ) throws(FormatError) -> (weight: Tensor<Float>, padding: Extent) {
    let all = pads(on: image)
    let (before, after) = (Array(all.prefix(2)), Array(all.suffix(2)))
    let padding = Extent(height: max(before[0], after[0]), width: max(before[1], after[1]))
    guard before != after else { return (weight, padding) }
    let steps = [dilation.height, dilation.width]
    guard (0..<2).allSatisfy({ (after[$0] - before[$0]).isMultiple(of: steps[$0]) }) else {
      throw operation.refused(
        "has pads of \(all), which differ on two sides, with a dilation",
        "make them the same on both sides")
    }
    let front = (0..<2).map { max(after[$0] - before[$0], 0) / steps[$0] }
    let back = (0..<2).map { max(before[$0] - after[$0], 0) / steps[$0] }
    let taps = (kernel.height + front[0] + back[0]) * (kernel.width + front[1] + back[1])
    guard weight.shape[0] * weight.shape[1] <= ONNXOperation.mostOutputs / taps else {
      throw operation.refused("has pads of \(all), which is too much", "pad less")
    }
    return (weight.withZeroTaps(before: front, after: back), padding)
  }

  /// Above, left, below, right.
  private func pads(on image: ImageShape) -> [Int] {
    switch rule {
    case .explicit: return pads
    case .valid: return [0, 0, 0, 0]
    case .sameUpper, .sameLower:
      let missing = [
        (image.height, stride.height, reach.height), (image.width, stride.width, reach.width),
      ].map { extent, stride, reach in
        max(((extent + stride - 1) / stride - 1) * stride + reach - extent, 0)
      }
      let smaller = missing.map { $0 / 2 }
      let larger = missing.map { $0 - $0 / 2 }
      return rule == .sameUpper ? smaller + larger : larger + smaller
    }
  }
}

extension Tensor<Float> {
  /// A kernel of shape `(outputs, inputs, height, width)` with rows and columns of zeros around it.
  fileprivate func withZeroTaps(before: [Int], after: [Int]) -> Self {
    let (height, width) = (shape[2], shape[3])
    let wide = width + before[1] + after[1]
    let high = height + before[0] + after[0]
    var result = Self(shape: [shape[0], shape[1], high, wide])
    for plane in 0..<(shape[0] * shape[1]) {
      for row in 0..<height {
        for column in 0..<width {
          result.set(
            scalars[(plane * height + row) * width + column],
            at: (plane * high + row + before[0]) * wide + column + before[1])
        }
      }
    }
    return result
  }

  private mutating func set(_ value: Float, at place: Int) {
    withMutablePointer { $0[place] = value }
  }
}
