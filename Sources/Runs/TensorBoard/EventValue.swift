import Foundation

/// One value of a TensorBoard event: a tag and a scalar or a picture.
public struct EventValue: Sendable {
  let message: TensorBoardSummary.Value

  /// A scalar, rounded to `Float`. Tags with a common part before `/` share a section.
  public static func scalar(_ tag: String, _ value: Double) -> EventValue {
    var message = TensorBoardSummary.Value()
    message.tag = tag
    message.simpleValue = Float(value)
    return EventValue(message: message)
  }

  /// A picture given as a PNG file; nil if the data does not start as one.
  public static func picture(_ tag: String, png: Data) -> EventValue? {
    guard let header = PNGHeader(png) else { return nil }
    var message = TensorBoardSummary.Value()
    message.tag = tag
    message.image.width = Int32(clamping: header.width)
    message.image.height = Int32(clamping: header.height)
    message.image.colorspace = Int32(clamping: header.channels)
    message.image.encodedImageString = png
    return EventValue(message: message)
  }
}

extension HistoryRow {
  /// The row as TensorBoard scalars, what was not measured left out.
  public var eventValues: [EventValue] {
    let measured: [(tag: String, value: Double?)] = [
      ("loss/training", trainingLoss), ("loss/validation", validationLoss),
      ("metric/validation", validationMetric), ("solver/nudge", nudge),
      ("solver/step_size", stepSize),
    ]
    let perLayer = layers.enumerated().flatMap { index, layer in
      [
        ("penalty/layer_\(index + 1)", layer.penalty),
        ("gap/layer_\(index + 1)", layer.consistencyGap),
        ("active/layer_\(index + 1)", layer.activeFraction),
      ]
    }
    return (measured + perLayer).compactMap { tag, value in value.map { .scalar(tag, $0) } }
  }
}
