/// Operations that people look for and that no layer of ours is, with the reason.
struct ONNXRefusal {
  let reason: String
  let remedy: String

  /// Why an operation is refused.
  static func of(_ operation: String) -> ONNXRefusal {
    groups.first { $0.operations.contains(operation) }?.refusal
      ?? ONNXRefusal(reason: "is not supported", remedy: ONNXOperation.elsewhere)
  }

  private static let groups: [(operations: Set<String>, refusal: ONNXRefusal)] = [
    (
      ["MaxPool", "GlobalMaxPool", "LpPool", "GlobalLpPool", "MaxRoiPool", "Max", "Min"],
      ONNXRefusal(
        reason: "is neither linear nor a proximal map",
        remedy: "train with average pooling, or a convolution with a stride, in its place")
    ),
    (
      ["Gelu", "Erf", "Swish", "HardSwish", "Mish", "Sin", "Cos", "ThresholdedRelu"],
      ONNXRefusal(
        reason: "is no proximal map (not monotone and 1-Lipschitz)",
        remedy: "train with Relu, Softplus or Elu in its place")
    ),
    (
      ["Selu"],
      ONNXRefusal(
        reason: "is no proximal map (not 1-Lipschitz)", remedy: "train with Elu in its place")
    ),
    (
      ["LogSoftmax"],
      ONNXRefusal(
        reason: "is no proximal map", remedy: "export with Softmax, or without it, for the logits")
    ),
    (
      [
        "LayerNormalization", "InstanceNormalization", "GroupNormalization", "RMSNormalization",
        "LRN", "LpNormalization", "MeanVarianceNormalization",
      ],
      ONNXRefusal(
        reason: "divides by what it measures in each sample, which is not affine",
        remedy: "train with batch normalisation in its place")
    ),
    (
      ["LSTM", "GRU", "RNN", "Loop", "Scan", "If", "Attention", "MultiHeadAttention"],
      ONNXRefusal(
        reason: "is not a chain of affine maps and activations",
        remedy: "only such chains and sums around a branch can be inverted")
    ),
    (
      ["Concat", "Split", "Slice", "Gather", "Transpose", "DepthToSpace", "SpaceToDepth", "Pad"],
      ONNXRefusal(
        reason: "rearranges values, which no layer here does",
        remedy: "keep the order of the numbers; pad in the convolution; add instead of joining")
    ),
  ]
}
