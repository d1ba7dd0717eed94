/// How a curve's line is broken; its raw value is a class of the style sheet.
enum Stroke: String, Sendable {
  case solid, dashed, dotted, dashDotted, longDashed
}
