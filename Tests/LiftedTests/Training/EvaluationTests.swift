import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct EvaluationTests {
  private let pool = WorkerPool(threads: 2)

  @Test(
    "Loss, squared error and accuracy are those of a naive loop, however the batches are cut",
    arguments: [Formula.softmax, .identity, .sigmoid], [1, 7, 23, 500])
  func naive(_ head: Formula, _ batchSize: Int) throws {
    let naive = try Naive([4, 6, 3], [.relu, head])
    let (theta, batch) = (Parameters<Double>.random(naive.network), naive.batch(23))
    let found = Evaluation(
      of: theta, naive.network, on: TensorSamples(batch), batchSize: batchSize, pool: pool)
    var (square, correct) = (0.0, 0)
    for i in 0..<23 {
      let (x, y) = (naive.forward(theta, batch.inputs.row(i))[2], batch.targets.row(i))
      square += zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      correct += x.firstIndex(of: x.max()!) == y.firstIndex(of: y.max()!) ? 1 : 0
    }
    #expect(abs(found.loss - naive.loss(theta, batch)) < 1e-12)
    #expect(abs(found.meanSquaredError - square / 69) < 1e-12)
    #expect(found.accuracy == Double(correct) / 23)
    #expect(correct > 0 && correct < 23)
  }

  @Test(
    "The outputs of all samples are those of the forward pass, in order",
    arguments: [1, 7, 23, 500])
  func outputs(_ batchSize: Int) throws {
    let naive = try Naive([4, 6, 3], [.relu, .softmax])
    let (theta, batch) = (Parameters<Double>.random(naive.network), naive.batch(23))
    let found = naive.network.outputs(
      at: theta, for: TensorSamples(batch), batchSize: batchSize, on: pool)
    for i in 0..<23 {
      let expected = naive.forward(theta, batch.inputs.row(i))[2]
      #expect(zip(found.row(i), expected).allSatisfy { abs($0 - $1) < 1e-13 })
    }
  }

  @Test("The first of equal largest numbers counts")
  func ties() {
    let tensor = Tensor<Float>(rows: [[1, 3, 3], [2, 2, 2], [-5, -4, -3]])
    #expect((0..<3).map { tensor.argmax(row: $0) } == [1, 0, 2])
  }
}
