/// A convolution or its adjoint as sums over taps, ready for the kernels.
struct Correlation {
  let source: ImageShape
  let target: ImageShape
  let groups: Int
  let rows: CorrelationAxis
  let columns: CorrelationAxis
  private let kernel: Extent
  private let isAdjoint: Bool

  /// `x -> z`
  init(_ shape: ConvolutionShape) {
    self.init(shape, isAdjoint: false) { kernel, stride, padding, dilation, _, outputs in
      CorrelationAxis(
        kernel: kernel, stride: stride, padding: padding, dilation: dilation, outputs: outputs)
    }
  }

  /// `r -> u`
  init(adjointOf shape: ConvolutionShape) {
    self.init(shape, isAdjoint: true) { kernel, stride, padding, dilation, inputs, _ in
      CorrelationAxis(
        adjointOf: kernel, stride: stride, padding: padding, dilation: dilation, inputs: inputs)
    }
  }

  private init(
    _ shape: ConvolutionShape, isAdjoint: Bool,
    axis: (Int, Int, Int, Int, Int, Int) -> CorrelationAxis
  ) {
    (source, target) = isAdjoint ? (shape.output, shape.input) : (shape.input, shape.output)
    (groups, kernel, self.isAdjoint) = (shape.groups, shape.kernel, isAdjoint)
    rows = axis(
      shape.kernel.height, shape.stride.height, shape.padding.height, shape.dilation.height,
      shape.input.height, shape.output.height)
    columns = axis(
      shape.kernel.width, shape.stride.width, shape.padding.width, shape.dilation.width,
      shape.input.width, shape.output.width)
  }

  /// Channels of the source and of the target in a group.
  var channels: (source: Int, target: Int) { (source.channels / groups, target.channels / groups) }

  /// The place of a weight: target channel `o` and source channel `c` within group `g`, tap `(i, j)`.
  func weight(_ g: Int, _ o: Int, _ c: Int, _ i: Int, _ j: Int) -> Int {
    let pair =
      isAdjoint
      ? (g * channels.source + c) * channels.target + o
      : (g * channels.target + o) * channels.source + c
    return (pair * kernel.height + i) * kernel.width + j
  }

  /// The most output channels that a kernel takes at once.
  static var block: Int { 4 }

  /// The weights in the order in which the kernels read them.
  func packed<S: TensorScalar>(_ weight: UnsafePointer<S>) -> [S] {
    let places = packedPlaces
    return [S](unsafeUninitializedCapacity: places.count) { packed, filled in
      if let packed = packed.baseAddress {
        places.withUnsafeBufferPointer { S.gather(weight, at: $0, into: packed) }
      }
      filled = places.count
    }
  }

  /// Phase by phase, group by group, in blocks of up to four target channels: source channel, tap, target
  /// channel.
  private var packedPlaces: [Int] {
    var places: [Int] = []
    places.reserveCapacity(
      source.channels * channels.target * kernel.height * kernel.width)
    for row in rows.phases {
      for column in columns.phases {
        for g in 0..<groups {
          for first in stride(from: 0, to: channels.target, by: Self.block) {
            let block = first..<min(first + Self.block, channels.target)
            for c in 0..<channels.source {
              for i in row.taps {
                for j in column.taps {
                  for o in block { places.append(weight(g, o, c, i.kernel, j.kernel)) }
                }
              }
            }
          }
        }
      }
    }
    return places
  }
}
