import Imaging
import Tensors
import Testing

/// The operator of the article Imaging.md.
struct FrameDifferences: LinearOperator {
  let input: ImageShape
  var output: ImageShape { input.with(channels: input.channels - 1) }
  var norm: Double { 2 }

  func apply<S: TensorScalar>(_ x: Tensor<S>, into y: inout Tensor<S>, on pool: WorkerPool) {
    for picture in 0..<x.rows {
      for i in 0..<output.count {
        let place = picture * input.count + i
        y.withMutablePointer {
          $0[picture * output.count + i] = x.scalars[place + input.pixels] - x.scalars[place]
        }
      }
    }
  }

  func adjoint<S: TensorScalar>(of y: Tensor<S>, into x: inout Tensor<S>, on pool: WorkerPool) {
    x = Tensor(shape: x.shape)
    for picture in 0..<y.rows {
      for i in 0..<output.count {
        let (place, value) = (picture * input.count + i, y.scalars[picture * output.count + i])
        x.withMutablePointer {
          $0[place + input.pixels] += value
          $0[place] -= value
        }
      }
    }
  }
}

@Suite("The article on imaging") struct ImagingExample {
  @Test("its problem is made and restored as it says")
  func overview() throws {
    let shape = try ImageShape(channels: 1, height: 64, width: 64)
    let clean = try DeadLeaves(shape).pictures(2, seed: 1, on: pool)
    let kernel = try BlurKernel.gaussian(size: 9, standardDeviation: 1.6)
    let blur = try Blur(shape, kernel: kernel, border: .circular)
    var measured = blur.apply(clean, on: pool)
    Noise.gaussian(sigma: 0.01).add(to: &measured, seed: 1, on: pool)
    let restored = try TotalVariationRestoration(weight: 7e-4).restore(measured, by: blur, on: pool)
    let quality = PeakSignalToNoise(dataRange: 1)
    print(quality(measured, reference: clean), quality(restored.pictures, reference: clean))
    let (before, after) = (
      quality(measured, reference: clean), quality(restored.pictures, reference: clean)
    )
    for i in 0..<2 { #expect(after[i] > before[i] + 1) }
  }

  @Test("its operator has an adjoint and keeps its norm")
  func operation() {
    let a = FrameDifferences(input: extents(channels: 4, height: 3, width: 5))
    let x = uniform(a.input.batch(2), seed: 1, Double.self)
    let y = uniform(a.output.batch(2), seed: 2, Double.self)
    #expect(abs(a.apply(x, on: pool).dot(y) - x.dot(a.adjoint(of: y, on: pool))) < 1e-12)
    #expect(a.estimatedNorm(iterations: 50, on: pool) <= a.norm)
  }
}
