import CVectorMath
import Testing

/// Winograd's method by the kernel that this processor takes, by that of processors with shorter vectors, and the
/// sums over taps.
@Suite struct WinogradKernelTests {
  /// Pixels that lie `step` apart, targets that lie `across` apart.
  struct Case: Sendable, CustomTestStringConvertible {
    let shape: cv_convolution
    let tiles: cv_tiles

    init(
      _ channels: Int, _ height: Int, _ width: Int, _ outputs: Int, _ rows: Int, _ columns: Int,
      samples: Int, taps: Int = 3, step: Int = 1, across: Int = 1
    ) {
      shape = cv_convolution(
        channels: channels, height: height, width: width, step: step, outputs: outputs, rows: rows,
        columns: columns, plane: rows * columns * across * across, down: columns * across * across,
        across: across, top: -2, left: -1, taps: taps)
      tiles = cv_tiles(
        samples: samples, top: 0, left: 0, rows: (rows + 3) / 4, columns: (columns + 3) / 4)
    }

    var testDescription: String { "\(shape), \(tiles.samples) samples" }
    var inputs: Int { shape.channels * shape.height * shape.width }
    var results: Int { shape.outputs * shape.plane }
    var pictures: Int { shape.step * shape.step }
    /// Taps of a channel.
    var taps: Int { pictures * shape.taps * shape.taps }

    /// The sum over channels and taps of one number of the target.
    func sum(_ x: [Float], _ w: [Float], _ s: Int, _ o: Int, _ i: Int, _ j: Int) -> Double {
      let (step, taps) = (shape.step, shape.taps)
      var sum = 0.0
      for c in 0..<shape.channels {
        for tap in 0..<self.taps {
          let (picture, place) = (tap / (taps * taps), tap % (taps * taps))
          let row =
            shape.top + step * (i + 3 - taps + place / taps) + picture / step
          let column =
            shape.left + step * (j + 3 - taps + place % taps) + picture % step
          guard (0..<shape.height).contains(row), (0..<shape.width).contains(column) else {
            continue
          }
          let pixel = s * inputs + (c * shape.height + row) * shape.width + column
          // Taps lie in reverse order.
          let weight = (o * shape.channels + c) * self.taps + self.taps - 1 - tap
          sum += Double(x[pixel]) * Double(w[weight])
        }
      }
      return sum
    }
  }

  private static func numbers(_ count: Int, _ seed: Int) -> [Float] {
    (0..<count).map { Float(($0 &* 7919 &+ seed &* 104_729) % 1009) / 1009 - 0.5 }
  }

  private func transformed(_ w: [Float], _ convolution: Case) -> [Float] {
    let shape = convolution.shape
    let block = cv_winograd_block(shape.channels * convolution.pictures, shape.taps)
    let blocks = (shape.outputs + 7) / 8
    var weights = [Float](repeating: .nan, count: blocks * block)
    let places = (0..<convolution.taps).reversed().map { $0 }
    places.withUnsafeBufferPointer { places in
      let kernel = cv_kernel(
        output: shape.channels * convolution.taps, channel: convolution.taps,
        phases: convolution.pictures, taps: shape.taps, places: places.baseAddress)
      for number in 0..<blocks {
        weights.withUnsafeMutableBufferPointer { weights in
          w.withUnsafeBufferPointer {
            cv_winograd_weights_f32(
              kernel, $0.baseAddress! + 8 * number * kernel.output, shape.channels,
              min(8, shape.outputs - 8 * number), weights.baseAddress! + number * block)
          }
        }
      }
    }
    return weights
  }

  @Test(
    "Both kernels give the same bits, and the sums",
    arguments: [
      Case(3, 3, 3, 2, 4, 3, samples: 5), Case(5, 7, 7, 11, 8, 7, samples: 8),
      Case(16, 13, 14, 8, 14, 13, samples: 2), Case(2, 3, 125, 9, 4, 125, samples: 1),
      Case(9, 10, 30, 17, 10, 31, samples: 1), Case(4, 7, 9, 5, 7, 9, samples: 3, taps: 2),
      Case(5, 14, 13, 9, 7, 7, samples: 6, taps: 2, step: 2),
      Case(6, 7, 5, 8, 7, 6, samples: 4, taps: 2, across: 2),
      Case(2, 20, 31, 3, 6, 10, samples: 2, taps: 3, step: 3),
    ])
  func agreement(_ convolution: Case) {
    let shape = convolution.shape
    let samples = convolution.tiles.samples
    let x = Self.numbers(samples * convolution.inputs, 1)
    let w = Self.numbers(shape.outputs * shape.channels * convolution.taps, 2)
    let weights = transformed(w, convolution)
    let gap = 10
    let width = convolution.results + gap
    var room = [Float](
      repeating: .nan, count: cv_winograd_room(shape.channels * convolution.pictures, shape.taps))
    var mine = [Float](repeating: 9, count: samples * width)
    var narrow = mine
    cv_winograd_f32(
      shape, convolution.tiles, x, convolution.inputs, weights, &mine, width, &room)
    cv_winograd_narrow_f32(
      shape, convolution.tiles, x, convolution.inputs, weights, &narrow, width, &room)
    #expect(mine == narrow)
    var error = 0.0
    for s in 0..<samples {
      for o in 0..<shape.outputs {
        for i in 0..<shape.rows {
          for j in 0..<shape.columns {
            let place = s * width + o * shape.plane + i * shape.down + j * shape.across
            error = max(error, abs(Double(mine[place]) - convolution.sum(x, w, s, o, i, j)))
            mine[place] = 9
          }
        }
      }
    }
    #expect(error < 1e-5)
    // What lies around and between the results was left alone.
    #expect(mine.allSatisfy { $0 == 9 })
  }
}
