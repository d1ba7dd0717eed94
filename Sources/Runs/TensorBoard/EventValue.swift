import Foundation

/// One value of a TensorBoard event: a tag and a scalar or a picture.
///
/// Field numbers are those of `Summary.Value` in TensorFlow's `summary.proto`.
public struct EventValue: Sendable {
  enum Content: Sendable, Equatable {
    case scalar(Float)
    case picture(PNGHeader, Data)
  }

  let tag: String
  let content: Content

  /// A scalar, rounded to `Float`. Tags with a common part before `/` share a section.
  public static func scalar(_ tag: String, _ value: Double) -> EventValue {
    EventValue(tag: tag, content: .scalar(Float(value)))
  }

  /// A picture given as a PNG file; nil if the data does not start as one.
  public static func picture(_ tag: String, png: Data) -> EventValue? {
    PNGHeader(png).map { EventValue(tag: tag, content: .picture($0, png)) }
  }

  /// Appends the value to a `Summary`.
  func write(to summary: inout ProtobufMessage) {
    summary.message(1) { value in
      value.string(1, tag)
      switch content {
      case .scalar(let number): value.float(2, number)
      case .picture(let header, let png):
        value.message(4) { image in
          image.integer(1, header.height)
          image.integer(2, header.width)
          image.integer(3, header.channels)
          image.bytes(4, png)
        }
      }
    }
  }
}

extension HistoryRow {
  /// The row as TensorBoard scalars, what was not measured left out.
  public var eventValues: [EventValue] {
    let measured: [(tag: String, value: Double?)] = [
      ("loss/training", trainingLoss), ("loss/validation", validationLoss),
      ("metric/validation", validationMetric), ("solver/nudge", nudge),
      ("solver/step_factor", stepFactor),
      ("solver/objective", objective), ("solver/stationarity", stationarity),
      ("solver/gradient_cosine", gradientCosine),
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
