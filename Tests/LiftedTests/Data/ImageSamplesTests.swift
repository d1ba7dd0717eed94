import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct ImageSamplesTests {
  private let pool = WorkerPool(threads: 2)
  private let pixels = 6
  private let count = 40

  private func samples(_ task: ImageSamples.Task, seed: UInt64 = 1) throws -> ImageSamples {
    try ImageSamples(
      bytes: (0..<count * pixels).map { UInt8($0 % 256) },
      labels: (0..<count).map { UInt8($0 % 3) },
      pixels: pixels, task: task, seed: seed)
  }

  @Test("Bytes become numbers in [0, 1] and labels one-hot rows")
  func classification() throws {
    let batch: Batch<Double> = try samples(.classification(classes: 3)).batch(
      of: [4, 39], on: pool)
    for (row, sample) in [4, 39].enumerated() {
      for j in 0..<pixels {
        #expect(abs(batch.inputs[row, j] - Double((sample * pixels + j) % 256) / 255) < 1e-15)
      }
      for k in 0..<3 { #expect(batch.targets[row, k] == (k == sample % 3 ? 1 : 0)) }
    }
  }

  @Test("Numbers are taken as they are")
  func numbers() throws {
    let values: [Float] = [0.5, -3, 7, 1e-8]
    let samples = try ImageSamples(
      numbers: values, labels: [0, 1], pixels: 2, task: .classification(classes: 2), seed: 1)
    let batch: Batch<Float> = samples.batch(of: [1, 0], on: pool)
    #expect(batch.inputs.scalars == [7, 1e-8, 0.5, -3])
  }

  @Test("A split is disjoint, complete and the same for the same seed")
  func split() throws {
    // The first pixel tells the images apart.
    let all = try samples(.classification(classes: 3))
    func identities(_ samples: ImageSamples) -> [Double] {
      let batch: Batch<Double> = samples.batch(of: 0..<samples.count, on: pool)
      return (0..<samples.count).map { batch.inputs[$0, 0] }
    }
    let (rest, aside) = try all.split(settingAside: 13, seed: 9)
    #expect(rest.count == 27 && aside.count == 13)
    #expect((identities(rest) + identities(aside)).sorted() == identities(all).sorted())
    let again = try all.split(settingAside: 13, seed: 9)
    #expect(identities(again.aside) == identities(aside))
    #expect(identities(try all.split(settingAside: 13, seed: 10).aside) != identities(aside))
  }

  @Test("Labels go with their images through subsets and splits")
  func labels() throws {
    let (rest, _) = try samples(.classification(classes: 3)).split(settingAside: 11, seed: 2)
    let subset = rest.subset([5, 1, 28])
    let (batch, all): (Batch<Double>, Batch<Double>) = (
      subset.batch(of: 0..<3, on: pool), rest.batch(of: [5, 1, 28], on: pool)
    )
    #expect(batch == all)
    for row in 0..<3 {
      let sample = Int((batch.inputs[row, 0] * 255).rounded()) / pixels
      for k in 0..<3 { #expect(batch.targets[row, k] == (k == sample % 3 ? 1 : 0)) }
    }
  }

  @Test("Reconstruction has clean targets and noise of the deviation asked for")
  func noise() throws {
    let samples = try samples(.reconstruction(noise: 0.2))
    var (sum, square, n) = (0.0, 0.0, 0.0)
    for visit in 0..<50 {
      let batch: Batch<Double> = samples.batch(of: 0..<count, visit: UInt64(visit), on: pool)
      for (x, y) in zip(batch.inputs.scalars, batch.targets.scalars) {
        sum += x - y
        square += (x - y) * (x - y)
        n += 1
      }
      #expect(abs(batch.targets[1, 0] - 6 / 255.0) < 1e-15)
    }
    #expect(abs(sum / n) < 5 * 0.2 / n.squareRoot())
    #expect(abs(square / n / 0.04 - 1) < 5 * (2 / n).squareRoot())
  }

  @Test("Without noise inputs are targets")
  func noNoise() throws {
    let batch: Batch<Float> = try samples(.reconstruction(noise: 0)).batch(of: 0..<count, on: pool)
    #expect(batch.inputs == batch.targets)
  }

  @Test("Noise depends on the visit and the sample, not on how batches are cut")
  func noiseByVisitAndSample() throws {
    let samples = try samples(.reconstruction(noise: 0.2))
    let whole: Batch<Float> = samples.batch(of: 0..<count, visit: 3, on: pool)
    for order in [[7], [8, 7], Array((0..<count).reversed())] {
      let part: Batch<Float> = samples.batch(of: order, visit: 3, on: WorkerPool(threads: 1))
      for (row, sample) in order.enumerated() {
        #expect(part.inputs.row(row) == whole.inputs.row(sample))
      }
    }
    let added = (7...8).map { row in
      zip(whole.inputs.row(row), whole.targets.row(row)).map { $0 - $1 }
    }
    #expect(zip(added[0], added[1]).contains { abs($0 - $1) > 0.01 }, "samples share no noise")
    // A sample keeps its noise in a subset.
    let subset: Batch<Float> = samples.subset([30, 31]).batch(of: [1], visit: 3, on: pool)
    #expect(subset.inputs.row(0) == whole.inputs.row(31))
    let other: Batch<Float> = samples.batch(of: 0..<count, visit: 4, on: pool)
    #expect(other.inputs != whole.inputs)
    let seed: Batch<Float> = try self.samples(.reconstruction(noise: 0.2), seed: 2).batch(
      of: 0..<count, visit: 3, on: pool)
    #expect(seed.inputs != whole.inputs)
  }

  @Test("Counts that disagree, labels out of range and invalid noise are refused")
  func refusals() throws {
    func make(_ bytes: Int, _ labels: [UInt8], _ pixels: Int, _ task: ImageSamples.Task) throws {
      _ = try ImageSamples(
        bytes: Array(repeating: 0, count: bytes), labels: labels, pixels: pixels, task: task,
        seed: 1)
    }
    #expect(throws: SolverError.self) { try make(11, [0, 0], 6, .classification(classes: 3)) }
    #expect(throws: SolverError.self) { try make(12, [0], 6, .classification(classes: 3)) }
    #expect(throws: SolverError.self) { try make(0, [], 0, .classification(classes: 3)) }
    #expect(throws: SolverError.self) { try make(12, [0, 3], 6, .classification(classes: 3)) }
    #expect(throws: SolverError.self) { try make(0, [], 6, .classification(classes: 0)) }
    for bad in notPositive where bad != 0 {
      #expect(throws: SolverError.self) { try make(12, [0, 0], 6, .reconstruction(noise: bad)) }
    }
    let all = try samples(.classification(classes: 3))
    for size in [-1, count, count + 1] {
      #expect(throws: SolverError.self) { try all.split(settingAside: size, seed: 1) }
    }
  }

  @Test("A number that is not finite is refused with its place")
  func undefinedNumbers() {
    do {
      _ = try ImageSamples(
        numbers: [0, 1, 2, .nan], labels: [0, 1], pixels: 2, task: .reconstruction(noise: 0),
        seed: 1)
      Issue.record("not refused")
    } catch {
      #expect(error.description.contains("image 2") && error.description.contains("pixel 1"))
    }
  }
}
