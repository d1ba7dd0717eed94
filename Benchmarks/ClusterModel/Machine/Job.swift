/// A network of equal dense layers and the samples of a step.
public struct Job: Equatable, Sendable {
  /// Layers `L`.
  public let depth: Int
  /// Width `d` of every layer.
  public let width: Int
  /// Samples `n` of a step, over all nodes.
  public let batch: Int
  /// Bytes of a number.
  public static let bytesPerNumber = 4.0

  /// - Throws: ``ModelError`` for counts below 1.
  public init(depth: Int, width: Int, batch: Int) throws(ModelError) {
    try ModelError.requirePositive(depth, "depth")
    try ModelError.requirePositive(width, "width")
    try ModelError.requirePositive(batch, "batch")
    (self.depth, self.width, self.batch) = (depth, width, batch)
  }

  /// `d^2`.
  var weightsOfLayer: Double { Double(width) * Double(width) }
  /// Bytes of a layer's weights.
  var bytesOfWeights: Double { weightsOfLayer * Self.bytesPerNumber }
  /// Bytes of a layer's variable for some samples.
  func bytesOfVariable(rows: Double) -> Double { rows * Double(width) * Self.bytesPerNumber }

  /// The layers, counted from 0, of each of some stages, as even as can be.
  func layers(ofStage stage: Int, of stages: Int) -> Range<Int> {
    (stage * depth / stages)..<((stage + 1) * depth / stages)
  }
}
