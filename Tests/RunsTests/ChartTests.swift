import Foundation
import Testing

@testable import Runs

@Suite struct ChartTests {
  @Test func linearTicksAreRoundAndInside() {
    #expect(Ticks.linear(in: 0...10) == [0, 2, 4, 6, 8, 10])
    #expect(Ticks.linear(in: 1...5) == [1, 2, 3, 4, 5])
    #expect(Ticks.linear(in: -0.3...0.1).map { ($0 * 10).rounded() } == [-3, -2, -1, 0, 1])
    #expect(Ticks.linear(in: 3...3) == [3])
  }

  @Test func logarithmicTicksArePowersOfTenOrFinerWhereFew() {
    #expect(Ticks.logarithmic(in: 1...10) == [1, 2, 5, 10])
    #expect(Ticks.logarithmic(in: 1...1e5).count == 6)
    #expect(Ticks.logarithmic(in: 1e-40...1).count <= 8)
    #expect(Ticks.logarithmic(in: 3...4).count >= 2)
  }

  @Test func anAxisIsLogarithmicWhereThatHelps() throws {
    let wide = try #require(
      Axis(covering: [1, 100], scale: .automatic, format: .number, margin: 0))
    #expect(wide.isLogarithmic)
    #expect(wide.place(of: 10).map { abs($0 - 0.5) < 1e-12 } == true)
    #expect(wide.place(of: 0) == nil)
    for values in [[1.0, 19], [0, 100], [-1, 100]] {
      let axis = try #require(Axis(covering: values, scale: .automatic, format: .number, margin: 0))
      #expect(!axis.isLogarithmic)
      #expect(axis.place(of: values[0]) == 0)
      #expect(axis.place(of: values[1]) == 1)
    }
  }

  @Test func labelsAreShort() throws {
    let percent = try #require(
      Axis(covering: [0.7, 0.85], scale: .linear, format: .percent, margin: 0))
    #expect(percent.ticks.map(percent.label).contains("75\u{202F}%"))
    let many = try #require(Axis(covering: [0, 4e6], scale: .linear, format: .number, margin: 0))
    #expect(many.label(2e6) == "2\u{202F}M")
    let tiny = try #require(
      Axis(covering: [1e-8, 1], scale: .logarithmic, format: .number, margin: 0))
    #expect(tiny.label(1e-6) == "1e\u{2212}6")
    let even = try #require(
      Axis(covering: [0.02, 0.04], scale: .linear, format: .number, margin: 0))
    #expect(Set(even.ticks.map { even.label($0).count }).count == 1)
  }

  @Test(arguments: [
    [Double.nan], [.infinity, -.infinity], [], [0], [1e308, -1e308],
    [.leastNormalMagnitude, .leastNonzeroMagnitude], [5, 5],
    [1, 1 + .ulpOfOne], [1e150, -1e150], [.greatestFiniteMagnitude], [1e-150, 1e150],
  ])
  func everyValueHasAPlaceOrNone(values: [Double]) {
    let series = Series(
      name: "s", tint: .ofRun(0), points: values.map { Series.Point(x: $0, y: $0) })
    for scale in [Axis.Scale.linear, .logarithmic, .automatic] {
      let html = Chart(
        title: "t", xLabel: "x", xScale: scale, yScale: scale, series: [series]
      ).html.markup
      #expect(html.contains("<figure"))
      #expect(!html.contains("nan") && !html.contains("inf\""))
    }
  }

  @Test func aCurvePassesThroughItsPoints() {
    let points = [Series.Point(x: 0, y: 0), .init(x: 1, y: .nan), .init(x: 2, y: 1)]
    let html = Chart(
      title: "t", xLabel: "x", series: [Series(name: "s", tint: .ofRun(0), points: points)]
    ).html.markup
    #expect(html.matches(of: /M[0-9.]+ [0-9.]+/).count == 2)
    #expect(html.contains("Not drawn: 1 points, not finite."))
  }

  @Test func longCurvesKeepTheirExtremes() {
    let points = (0..<10_001).map { Series.Point(x: Double($0), y: $0 == 4321 ? 9 : 0) }
    let thinned = Series(name: "s", tint: .ofRun(0), points: points).thinnedPoints
    #expect(thinned.count <= Series.mostPoints)
    #expect(thinned.contains { $0.y == 9 })
    #expect(thinned.map(\.x) == thinned.map(\.x).sorted())
  }

  @Test func coloursOfRunsDifferAndKeepContrast() {
    let tints = (0..<8).map(Tint.ofRun)
    for (index, tint) in tints.enumerated() {
      #expect(!tints[..<index].contains(tint))
      #expect(Self.contrast(tint.light, [253, 253, 251]) >= 3)
      #expect(Self.contrast(tint.dark, [21, 23, 27]) >= 3)
    }
  }

  /// The contrast ratio of WCAG 2.1.
  private static func contrast(_ one: [UInt8], _ other: [UInt8]) -> Double {
    let luminances = [one, other].map { colour -> Double in
      let linear = colour.map { channel -> Double in
        let value = Double(channel) / 255
        return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }.sorted()
    return (luminances[1] + 0.05) / (luminances[0] + 0.05)
  }
}
