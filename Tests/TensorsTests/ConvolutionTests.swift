import Tensors
import Testing

/// Convolutions against the defining sum, one number at a time.
@Suite struct ConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let input: (channels: Int, height: Int, width: Int)
    let channels: Int
    let kernel: Extent
    var stride = Extent(1)
    var padding = Extent(0)
    var dilation = Extent(1)
    var groups = 1

    var shape: ConvolutionShape {
      get throws {
        try ConvolutionShape(
          input: ImageShape(
            channels: input.channels, height: input.height, width: input.width),
          channels: channels, kernel: kernel, stride: stride, padding: padding,
          dilation: dilation, groups: groups)
      }
    }

    var testDescription: String {
      "\(input) -> \(channels), kernel \(kernel), stride \(stride), padding \(padding), "
        + "dilation \(dilation), groups \(groups)"
    }
  }

  static let cases: [Case] = [
    Case(input: (1, 1, 1), channels: 1, kernel: Extent(1)),
    Case(input: (1, 9, 11), channels: 6, kernel: Extent(3), padding: Extent(1)),
    Case(input: (7, 12, 5), channels: 1, kernel: Extent(5), padding: Extent(2)),
    Case(input: (3, 8, 26), channels: 5, kernel: Extent(height: 2, width: 4)),
    Case(
      input: (2, 11, 13), channels: 4, kernel: Extent(3), stride: Extent(2), padding: Extent(1)),
    Case(
      input: (4, 10, 17), channels: 6, kernel: Extent(height: 3, width: 5),
      stride: Extent(height: 3, width: 2), padding: Extent(height: 0, width: 3),
      dilation: Extent(height: 1, width: 2), groups: 2),
    Case(input: (6, 9, 9), channels: 6, kernel: Extent(3), padding: Extent(4), groups: 6),
    Case(
      input: (3, 14, 14), channels: 2, kernel: Extent(3), padding: Extent(3), dilation: Extent(3)),
    // A stride beyond the kernel: some pixels are met by no tap.
    Case(input: (2, 16, 15), channels: 3, kernel: Extent(2), stride: Extent(5)),
    // More padding than the kernel reaches.
    Case(input: (1, 4, 4), channels: 2, kernel: Extent(2), padding: Extent(5)),
    // Several bands of rows.
    Case(
      input: (40, 45, 50), channels: 9, kernel: Extent(3), stride: Extent(2), padding: Extent(1)),
    Case(input: (33, 40, 57), channels: 34, kernel: Extent(5), padding: Extent(2)),
    // By Winograd's method: several pictures in a piece, rows of tiles, parts of a row; pixels that end within
    // a tile, channels that end within a block; more padding than the kernel reaches, and none.
    Case(input: (16, 7, 7), channels: 16, kernel: Extent(3), padding: Extent(1)),
    Case(input: (17, 26, 23), channels: 20, kernel: Extent(3), padding: Extent(1)),
    Case(input: (16, 6, 150), channels: 19, kernel: Extent(3), padding: Extent(1)),
    Case(
      input: (18, 5, 9), channels: 16, kernel: Extent(3), padding: Extent(height: 0, width: 3)),
    // The same of every other pixel, there and back; of every third; 6 taps of every other.
    Case(
      input: (16, 14, 14), channels: 17, kernel: Extent(4), stride: Extent(2), padding: Extent(1)),
    Case(
      input: (18, 9, 37), channels: 20, kernel: Extent(4), stride: Extent(2), padding: Extent(2)),
    Case(input: (16, 40, 13), channels: 16, kernel: Extent(6), stride: Extent(3)),
    Case(
      input: (17, 11, 19), channels: 16, kernel: Extent(6), stride: Extent(2), padding: Extent(3)),
    // Two taps, and an adjoint whose phases are not of one length.
    Case(input: (16, 10, 15), channels: 16, kernel: Extent(2)),
    // Just beside it.
    Case(
      input: (16, 14, 14), channels: 16, kernel: Extent(height: 4, width: 6), stride: Extent(2)),
    Case(
      input: (16, 14, 15), channels: 16, kernel: Extent(height: 4, width: 3),
      stride: Extent(height: 2, width: 1)),
    Case(input: (15, 7, 7), channels: 16, kernel: Extent(3), padding: Extent(1)),
    Case(input: (16, 4, 8), channels: 16, kernel: Extent(3)),
    Case(input: (32, 7, 7), channels: 32, kernel: Extent(3), padding: Extent(1), groups: 2),
    Case(
      input: (16, 9, 9), channels: 16, kernel: Extent(3), padding: Extent(2), dilation: Extent(2)),
  ]

  /// Calls `body` with the numbers of output, input and weight of every product in the sum.
  private func forEachProduct(_ shape: ConvolutionShape, _ body: (Int, Int, Int) -> Void) {
    let (input, output) = (shape.input, shape.output)
    let (ins, outs) = (input.channels / shape.groups, output.channels / shape.groups)
    for o in 0..<output.channels {
      for y in 0..<output.height {
        for x in 0..<output.width {
          for c in 0..<ins {
            for ky in 0..<shape.kernel.height {
              for kx in 0..<shape.kernel.width {
                let i = shape.stride.height * y + shape.dilation.height * ky - shape.padding.height
                let j = shape.stride.width * x + shape.dilation.width * kx - shape.padding.width
                guard (0..<input.height).contains(i), (0..<input.width).contains(j) else {
                  continue
                }
                let channel = o / outs * ins + c
                body(
                  (o * output.height + y) * output.width + x,
                  (channel * input.height + i) * input.width + j,
                  ((o * ins + c) * shape.kernel.height + ky) * shape.kernel.width + kx)
              }
            }
          }
        }
      }
    }
  }

  private func weight<S: TensorScalar>(_ shape: ConvolutionShape) -> Tensor<S> {
    random(shape.weightShape, lane: 1)
  }

  private func random<S: TensorScalar>(_ shape: [Int], lane: UInt64) -> Tensor<S> {
    var stream = RandomStream(seed: 4, .probe, lane: lane)
    return .normal(shape: shape, from: &stream)
  }

  /// The largest difference relative to the largest number.
  private func difference<S: TensorScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Double {
    let pairs = zip(a.scalars, b.scalars)
    let largest = b.scalars.reduce(1) { max($0, abs($1)) }
    return Double(pairs.reduce(0) { max($0, abs($1.0 - $1.1)) } / largest)
  }

  private func check<S: TensorScalar>(_ shape: ConvolutionShape, tolerance: Double, _: S.Type) {
    let (samples, pool) = (3, WorkerPool(threads: 2))
    let w: Tensor<S> = weight(shape)
    let x: Tensor<S> = random([samples, shape.input.count], lane: 2)
    let r: Tensor<S> = random([samples, shape.output.count], lane: 3)
    // Every number is written, whatever was there before.
    var z = Tensor<S>(repeating: .nan, shape: r.shape)
    var u = Tensor<S>(repeating: .nan, shape: x.shape)
    var g = Tensor<S>(repeating: .nan, shape: w.shape)
    var (expectedZ, expectedU) = (Tensor<S>(shape: r.shape), Tensor<S>(shape: x.shape))
    var expectedG = Tensor<S>(shape: w.shape)
    for sample in 0..<samples {
      expectedZ.withMutablePointer { z in
        expectedU.withMutablePointer { u in
          expectedG.withMutablePointer { g in
            let (rows, columns) = (sample * shape.output.count, sample * shape.input.count)
            forEachProduct(shape) { i, j, k in
              z[rows + i] += w.scalars[k] * x.scalars[columns + j]
              u[columns + j] += w.scalars[k] * r.scalars[rows + i]
              g[k] += S(0.3) * r.scalars[rows + i] * x.scalars[columns + j]
            }
          }
        }
      }
    }
    shape.apply(w, to: x, into: &z, on: pool)
    shape.adjoint(w, of: r, into: &u, on: pool)
    g.withMutablePointer { g in
      shape.gradient(of: r, at: x, scale: 0.3, on: pool) { range, piece in
        (g + range.lowerBound).update(from: piece, count: range.count)
      }
    }
    #expect(difference(z, expectedZ) < tolerance)
    #expect(difference(u, expectedU) < tolerance)
    #expect(difference(g, expectedG) < tolerance)
  }

  @Test("Product, adjoint and gradient are the defining sums", arguments: cases)
  func sums(_ convolution: Case) throws {
    check(try convolution.shape, tolerance: 1e-12, Double.self)
    check(try convolution.shape, tolerance: 1e-4, Float.self)
  }

  @Test("The tiles handed to finish cover each number once, when it is complete", arguments: cases)
  func tiles(_ convolution: Case) throws {
    let shape = try convolution.shape
    let pool = WorkerPool(threads: 3)
    let w: Tensor<Float> = weight(shape)
    let x: Tensor<Float> = random([4, shape.input.count], lane: 2)
    var (plain, marked) = (Tensor<Float>(shape: [4, shape.output.count]), x)
    marked = plain
    shape.apply(w, to: x, into: &plain, on: pool)
    shape.apply(w, to: x, into: &marked, on: pool) { tile, z in
      for row in tile.rows {
        for column in tile.columns { z[row * shape.output.count + column] += 1 }
      }
    }
    #expect(zip(plain.scalars, marked.scalars).allSatisfy { $0 + 1 == $1 })
  }

  @Test("A sample gives the same bits whatever the others are", arguments: cases)
  func samples(_ convolution: Case) throws {
    let (shape, pool) = (try convolution.shape, WorkerPool(threads: 2))
    let w: Tensor<Float> = weight(shape)
    let x: Tensor<Float> = random([9, shape.input.count], lane: 2)
    let r: Tensor<Float> = random([9, shape.output.count], lane: 3)
    var (z, u) = (r, x)
    shape.apply(w, to: x, into: &z, on: pool)
    shape.adjoint(w, of: r, into: &u, on: pool)
    let sample = 5..<6
    var (own, ownAdjoint) = (r.rows(sample), x.rows(sample))
    shape.apply(w, to: x.rows(sample), into: &own, on: pool)
    shape.adjoint(w, of: r.rows(sample), into: &ownAdjoint, on: pool)
    #expect(own == z.rows(sample) && ownAdjoint == u.rows(sample))
  }

  @Test(
    "Images that are parts of wider rows give the same bits, and leave the rest", arguments: cases)
  func parts(_ convolution: Case) throws {
    let (shape, pool) = (try convolution.shape, WorkerPool(threads: 2))
    let (ins, outs, samples) = (shape.input.count, shape.output.count, 3)
    let w: Tensor<Float> = weight(shape)
    let x: Tensor<Float> = random([samples, ins + 5], lane: 2)
    var own = Tensor<Float>(shape: [samples, ins])
    for row in 0..<samples {
      for column in 0..<ins { own[row, column] = x[row, column + 2] }
    }
    var z = Tensor<Float>(shape: [samples, outs])
    var wide = Tensor<Float>(repeating: 7, shape: [samples, outs + 4])
    var (plain, marked) = (z, wide)
    shape.apply(w, to: own, into: &plain, on: pool)
    shape.apply(w, to: x, from: 2, into: &wide, at: 3, on: pool)
    shape.apply(w, to: x, from: 2, into: &marked, at: 3, on: pool) { tile, z in
      for row in tile.rows { for column in tile.columns { z[row * (outs + 4) + column] += 1 } }
    }
    for row in 0..<samples {
      for column in 0..<outs {
        z[row, column] = wide[row, column + 3]
        wide[row, column + 3] = 7
        marked[row, column + 3] = marked[row, column + 3] == z[row, column] + 1 ? 7 : .nan
      }
    }
    #expect(z == plain)
    #expect(wide.scalars.allSatisfy { $0 == 7 } && marked.scalars.allSatisfy { $0 == 7 })
  }

  @Test("Results are the same bits for any number of threads", arguments: cases)
  func threads(_ convolution: Case) throws {
    let shape = try convolution.shape
    let w: Tensor<Float> = weight(shape)
    let x: Tensor<Float> = random([7, shape.input.count], lane: 2)
    let r: Tensor<Float> = random([7, shape.output.count], lane: 3)
    func results(_ threads: Int) -> [[Float]] {
      let pool = WorkerPool(threads: threads)
      var (z, u, g) = (r, x, w)
      shape.apply(w, to: x, into: &z, on: pool)
      shape.adjoint(w, of: r, into: &u, on: pool)
      g.withMutablePointer { g in
        shape.gradient(of: r, at: x, scale: 1, on: pool) { range, piece in
          (g + range.lowerBound).update(from: piece, count: range.count)
        }
      }
      let sums = shape.output.channelSums(of: r, scale: 1, on: pool)
      return [z.scalars, u.scalars, g.scalars, sums.scalars]
    }
    let one = results(1)
    #expect(results(2) == one && results(3) == one)
  }

  @Test("Channel sums add up the pixels of each channel")
  func channelSums() throws {
    let image = try ImageShape(channels: 3, height: 5, width: 7)
    let r: Tensor<Double> = random([4, image.count], lane: 3)
    let found = image.channelSums(of: r, scale: 0.5, on: WorkerPool(threads: 2))
    for c in 0..<3 {
      let expected = (0..<4).reduce(0.0) { sum, sample in
        sum + (0..<35).reduce(0) { $0 + r[sample, c * 35 + $1] }
      }
      #expect(abs(found[c] - 0.5 * expected) < 1e-12)
    }
  }

  @Test("Extents that do not go together are refused")
  func refused() throws {
    let image = try ImageShape(channels: 4, height: 6, width: 6)
    #expect(throws: ShapeError.self) { try ImageShape(channels: 0, height: 6, width: 6) }
    #expect(throws: ShapeError.self) {
      try ImageShape(channels: 1 << 30, height: 1 << 30, width: 9)
    }
    #expect(throws: ShapeError.self) {
      try ConvolutionShape(input: image, channels: 2, kernel: Extent(7))
    }
    #expect(throws: ShapeError.self) {
      try ConvolutionShape(input: image, channels: 6, kernel: Extent(3), groups: 3)
    }
    #expect(throws: ShapeError.self) {
      try ConvolutionShape(input: image, channels: 6, kernel: Extent(3), stride: Extent(0))
    }
    #expect(throws: ShapeError.self) {
      try ConvolutionShape(input: image, channels: 6, kernel: Extent(.max), padding: Extent(.max))
    }
  }
}
