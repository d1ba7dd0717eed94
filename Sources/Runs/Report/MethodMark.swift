/// The line of a method in charts, legends and tables.
///
/// Methods have colours of their own; controls have the colour of the method that they control, in
/// broken lines. From the ninth method on colours repeat in dash-dotted lines, from the seventeenth in
/// long dashes.
struct MethodMark {
  let tint: Tint
  let stroke: Stroke

  private static let strokes: [Stroke] = [.solid, .dashDotted, .longDashed]

  /// A line for each name.
  static func marks(of methods: [ComparedMethod]) -> [String: MethodMark] {
    var colours: [String: Int] = [:]
    var marks: [String: MethodMark] = [:]
    for method in methods where marks[method.name] == nil {
      let origin = method.origin ?? method.name
      let number = colours[origin, default: colours.count]
      colours[origin] = number
      let round = min(number / Tint.countOfRuns, strokes.count - 1)
      marks[method.name] = MethodMark(
        tint: .ofRun(number), stroke: method.control?.stroke ?? strokes[round])
    }
    return marks
  }

  /// A curve drawn so.
  func series(_ name: String, _ points: [Series.Point], isThin: Bool = false) -> Series {
    Series(name: name, tint: tint, stroke: stroke, isThin: isThin, points: points)
  }
}
