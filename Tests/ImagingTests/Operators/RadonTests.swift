import RealModule
import Tensors
import Testing

@testable import Imaging

@Suite("Radon transform") struct RadonTests {
  @Test("of a disc is the chord length 2 sqrt(r^2 - (s - s0)^2) at every angle")
  func disc() throws {
    let shape = extents(height: 101, width: 121)
    let (radius, x0, y0) = (30.0, 11.0, -7.0)
    var picture = Tensor<Double>(shape: shape.batch(1))
    // The part of each pixel that the disc covers, by 8 x 8 points.
    for i in 0..<101 {
      for j in 0..<121 {
        var inside = 0
        for k in 0..<64 {
          let x = Double(j) - 60 - x0 + (Double(k % 8) - 3.5) / 8
          let y = Double(i) - 50 - y0 + (Double(k / 8) - 3.5) / 8
          if x * x + y * y < radius * radius { inside += 1 }
        }
        picture[0, 0, i, j] = Double(inside) / 64
      }
    }
    let radon = try RadonTransform(shape, views: 16, on: pool)
    let sinogram = radon.apply(picture, on: pool)
    for (view, angle) in radon.angles.enumerated() {
      let centre = x0 * Double.cos(angle) + y0 * Double.sin(angle)
      for j in 0..<radon.output.width {
        let s = Double(j) - Double(radon.output.width - 1) / 2 - centre
        let chord = 2 * max(radius * radius - s * s, 0).squareRoot()
        // The chord's slope is infinite at the rim.
        guard abs(abs(s) - radius) > 3 else { continue }
        #expect(abs(sinogram[0, 0, view, j] - chord) < 0.01 * 2 * radius)
      }
    }
  }

  @Test("at right angles is the sum of columns and of rows")
  func rightAngles() throws {
    let shape = extents(height: 4, width: 6)
    let x = uniform(shape.batch(1), seed: 1, Double.self)
    let down = try RadonTransform(shape, angles: [0], detectors: 6, on: pool).apply(x, on: pool)
    for j in 0..<6 {
      #expect(abs(down[0, 0, 0, j] - (0..<4).reduce(0) { $0 + x[0, 0, $1, j] }) < 1e-14)
    }
    let across = try RadonTransform(shape, angles: [.pi / 2], detectors: 4, on: pool)
      .apply(x, on: pool)
    for i in 0..<4 {
      #expect(abs(across[0, 0, 0, i] - (0..<6).reduce(0) { $0 + x[0, 0, i, $1] }) < 1e-13)
    }
  }

  @Test("keeps the sum of the picture near the same at every angle")
  func mass() throws {
    let shape = extents(height: 40, width: 40)
    let x = scene(shape, Double.self)
    let total = x.scalars.reduce(0, +)
    let radon = try RadonTransform(shape, views: 30, on: pool)
    let y = radon.apply(x, on: pool)
    for view in 0..<30 {
      let sum = (0..<radon.output.width).reduce(0) { $0 + y[0, 0, view, $1] }
      #expect(abs(sum - total) < 0.01 * total)
    }
  }

  @Test("refuses no angles, no detectors, and angles that are no numbers")
  func refused() {
    let shape = extents(height: 4, width: 6)
    #expect(throws: ImagingError.self) { try RadonTransform(shape, views: 0, on: pool) }
    #expect(throws: ImagingError.self) {
      try RadonTransform(shape, views: 3, detectors: 0, on: pool)
    }
    #expect(throws: ImagingError.self) { try RadonTransform(shape, angles: [.nan], on: pool) }
  }
}
