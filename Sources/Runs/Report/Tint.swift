/// A colour of a curve on a light and on a dark page.
struct Tint: Equatable, Sendable {
  /// RGB on a light page.
  let light: [UInt8]
  /// RGB on a dark page.
  let dark: [UInt8]

  /// Colours that stay apart for colour-blind readers, after Okabe and Ito (2008), with contrast
  /// of at least 3 to the page; they repeat after eight.
  static func ofRun(_ index: Int) -> Tint { runs[index % runs.count] }

  /// How many colours there are before they repeat.
  static var countOfRuns: Int { runs.count }

  /// A colour on a ramp from dark blue over teal to amber, for layers in their order.
  static func ofLayer(_ index: Int, of count: Int) -> Tint {
    let place = count > 1 ? Double(index) / Double(count - 1) : 0
    return Tint(light: mix(rampLight, at: place), dark: mix(rampDark, at: place))
  }

  /// The custom properties that set the colour of an element: `--c` light, `--d` dark.
  var style: HTML { "--c:\(Self.hex(light));--d:\(Self.hex(dark))" }

  private static let runs: [Tint] = [
    Tint(light: [0, 100, 165], dark: [102, 178, 240]),
    Tint(light: [205, 85, 0], dark: [255, 146, 77]),
    Tint(light: [0, 138, 100], dark: [50, 205, 160]),
    Tint(light: [176, 78, 138], dark: [232, 158, 202]),
    Tint(light: [168, 118, 0], dark: [240, 190, 60]),
    Tint(light: [70, 70, 76], dark: [205, 205, 212]),
    Tint(light: [30, 145, 200], dark: [130, 220, 255]),
    Tint(light: [120, 80, 190], dark: [180, 150, 255]),
  ]

  private static let rampLight: [[UInt8]] = [[28, 48, 110], [20, 140, 140], [214, 138, 0]]
  private static let rampDark: [[UInt8]] = [[110, 135, 250], [60, 200, 180], [255, 210, 110]]

  private static func mix(_ stops: [[UInt8]], at place: Double) -> [UInt8] {
    let position = place * Double(stops.count - 1)
    let left = min(Int(position), stops.count - 2)
    let weight = position - Double(left)
    return zip(stops[left], stops[left + 1]).map { from, to in
      UInt8((Double(from) * (1 - weight) + Double(to) * weight).rounded())
    }
  }

  private static func hex(_ colour: [UInt8]) -> String {
    "#" + colour.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
