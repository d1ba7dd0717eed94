import CVectorMath
import Testing

/// The kernel that this processor takes against that of processors with shorter vectors.
@Suite struct CorrelationKernelTests {
  /// A picture of `channels` planes with zeros around it, weights, and what both kernels make of it.
  private struct Windows {
    let rows: Int
    let width: Int
    let taps: Int
    let channels: Int
    let outputs: Int

    private static func numbers(_ count: Int, _ seed: Int) -> [Float] {
      (0..<count).map { Float(($0 &* 7919 &+ seed &* 104_729) % 1009) / 1009 - 0.5 }
    }

    func results() -> (mine: [Float], rows: [Float], sums: [Float]) {
      let row = width + taps - 1
      let plane = (rows + taps - 1) * row
      let x = Self.numbers(channels * plane + 16, 1)
      let w = Self.numbers(channels * taps * taps * outputs, 2)
      let offsets = (0..<(taps * taps)).map { $0 / taps * row + $0 % taps }
      // What lies around the result must be left alone.
      var mine = [Float](repeating: 9, count: outputs * rows * width + 20)
      var byRows = mine
      offsets.withUnsafeBufferPointer { offsets in
        let window = cv_window(
          plane: plane, row: row, rows: rows, width: width, channels: channels,
          taps: taps * taps, offsets: offsets.baseAddress)
        mine.withUnsafeMutableBufferPointer {
          cv_correlate_f32(window, x, w, outputs, $0.baseAddress! + 10, rows * width, width)
        }
        byRows.withUnsafeMutableBufferPointer {
          cv_correlate_rows_f32(window, x, w, outputs, $0.baseAddress! + 10, rows * width, width)
        }
      }
      var sums = [Float](repeating: 9, count: mine.count)
      for o in 0..<outputs {
        for i in 0..<rows {
          for j in 0..<width {
            var sum: Float = 0
            for c in 0..<channels {
              for (t, offset) in offsets.enumerated() {
                sum +=
                  x[c * plane + i * row + j + offset] * w[(c * taps * taps + t) * outputs + o]
              }
            }
            sums[10 + (o * rows + i) * width + j] = sum
          }
        }
      }
      return (mine, byRows, sums)
    }
  }

  @Test("Both kernels give the same bits, and the sums, at all widths", arguments: 1...4)
  func agreement(outputs: Int) {
    for (rows, width) in [(1, 1), (7, 7), (5, 8), (3, 15), (4, 16), (3, 17), (6, 33), (14, 14)] {
      for (taps, channels) in [(1, 1), (3, 2), (4, 1)] {
        let windows = Windows(
          rows: rows, width: width, taps: taps, channels: channels, outputs: outputs)
        let (mine, byRows, sums) = windows.results()
        #expect(mine == byRows, "\(windows)")
        #expect(zip(mine, sums).allSatisfy { abs($0 - $1) < 1e-4 }, "\(windows)")
      }
    }
  }
}
