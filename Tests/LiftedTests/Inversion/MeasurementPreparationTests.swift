import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct MeasurementPreparationTests {
  @Test("A rectifier's measurements are clipped at 0, and small ones are taken for noise")
  func rectifier() throws {
    let f = Tensor<Double>(rows: [[-0.3, 0.05, 0.19, 0.21, 2], [0, 0.4, -0.1, -0.2, 0.1]])
    let found = try MeasurementPreparation(noise: 0.1, deviations: 2).prepare(f, for: ReLU())
    #expect(found.measurements == Tensor(rows: [[0, 0, 0, 0.21, 2], [0, 0.4, 0, 0, 0]]))
    #expect(found.clipped == [1, 2] && found.zeroed == [2, 1])
    let three = try MeasurementPreparation(noise: 0.1, deviations: 3).prepare(f, for: ReLU())
    #expect(three.zeroed == [3, 1])
    // sqrt(2 log 5) = 1.79.
    let universal = try MeasurementPreparation(noise: 0.1).prepare(f, for: ReLU())
    #expect(universal.zeroed == [1, 1] && universal.measurements[0, 2] == 0.19)
    let unknown = try MeasurementPreparation().prepare(f, for: ReLU())
    #expect(unknown.zeroed == [0, 0] && unknown.clipped == [1, 2])
    #expect(unknown.measurements[0, 1] == 0.05)
  }

  @Test("Ends that are not taken are approached to a margin; nothing is zeroed there")
  func open() throws {
    let f = Tensor<Double>(rows: [[-1.2, -1, 0.05, 0.999, 1]])
    let found = try MeasurementPreparation(noise: 0.1).prepare(f, for: Tanh())
    #expect(found.measurements == Tensor(rows: [[-0.9, -0.9, 0.05, 0.9, 0.9]]))
    #expect(found.clipped == [4] && found.zeroed == [0])
    let soft = try MeasurementPreparation(noise: 0.1).prepare(f, for: Softplus())
    #expect(soft.measurements[0, 2] == 0.1 && soft.zeroed == [0])
    let close = try MeasurementPreparation().prepare(f, for: Tanh())
    #expect(close.measurements[0, 4] == 0.999)
  }

  @Test("Activations without ends change nothing, coupled ones only rows outside")
  func others() throws {
    let f = Tensor<Double>(rows: [[-7, 3, 0.1], [0.2, 0.1, -0.2]])
    for activation in [Identity(), try SoftThreshold(alpha: 1), Asinh()] as [any Activation] {
      let found = try MeasurementPreparation(noise: 1).prepare(f, for: activation)
      #expect(found.measurements == f && found.clipped == [0, 0])
    }
    let ball = try L2Ball(radius: 1)
    let found = try MeasurementPreparation(noise: 1).prepare(f, for: ball)
    #expect(found.clipped == [3, 0])
    #expect(found.measurements.rows(1..<2) == f.rows(1..<2))
    #expect(abs(found.measurements.rows(0..<1).squaredNorm - 1) < 1e-12)
  }

  @Test("The noise's fidelity is half its variance for each number that is not cut off")
  func noiseFidelity() throws {
    let c = try InversionCase(ReLU(), samples: 2)
    let found = try c.problem(Tikhonov()).noiseFidelity(0.02)
    for row in 0..<2 {
      let positive = c.measurements.row(row).count { $0 > 0 }
      #expect(abs(found[row] - 2e-4 * Double(positive)) < 1e-15)
    }
    // Where the activation bends: the mean of B(f + e, z) over many e.
    let tanh = try InversionCase(Tanh(), noise: 0)
    let expected = try tanh.problem(Tikhonov()).noiseFidelity(0.01)[0]
    var (stream, sum) = (RandomStream(seed: 1, .noise), 0.0)
    for _ in 0..<400 {
      for f in tanh.measurements.row(0) {
        sum += Tanh().bregman(f + 0.01 * stream.normal(), .atanh(f)) / 400
      }
    }
    #expect(abs(sum / expected - 1) < 0.1)
  }

  @Test("Numbers out of range are refused", arguments: [-1, .nan, .infinity])
  func refusals(_ bad: Double) {
    #expect(throws: SolverError.self) { try MeasurementPreparation(noise: bad) }
    #expect(throws: SolverError.self) { try MeasurementPreparation(deviations: bad) }
  }
}
