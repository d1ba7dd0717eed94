import Foundation
import Interchange
import Lifted
import Tensors
import Testing

@testable import Runs

@Suite struct DataSetTests {
  @Test("Test pictures of another size than the training pictures are refused")
  func picturesOfTwoSizes() throws {
    func arrays(_ part: String, side: Int) throws -> [NamedTensor] {
      let count = 6
      let pixels = [UInt8](repeating: 7, count: count * side * side)
      return [
        NamedTensor(
          "x_" + part,
          .uint8(try IntegerTensor(shape: [count, side, side], scalars: pixels))),
        NamedTensor("y_" + part, .uint8(IntegerTensor((0..<count).map { UInt8($0 % 3) }))),
      ]
    }
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("two-sizes-\(UInt64.random(in: .min ... .max)).npz")
    defer { try? FileManager.default.removeItem(at: file) }
    func load(testSide: Int) throws -> DataSets {
      let all = try arrays("train", side: 4) + arrays("test", side: testSide)
      try NPZFile(all).write(to: file)
      let recipe = try Recipe(
        yaml: """
          name: sizes
          data: {source: npz, folder: \(file.path)}
          network: [{width: 3, activation: softmax}]
          training: {epochs: 1}
          methods: [{name: a, signal: contrast, update: {rule: adam}}]
          """, source: "sizes")
      return try DataSets(recipe)
    }
    #expect(try load(testSide: 4).images().test.inputs == 16)
    let error = try #require(throws: RecipeError.self) { try load(testSide: 2) }
    #expect(error.problem.contains("[4, 4]") && error.problem.contains("[2, 2]"))
  }

  @Test("The classes are those of the network, whichever labels the data have")
  func classes() throws {
    func sets(_ width: Int) throws -> DataSets {
      let recipe = try Recipe(
        named: "quickstart",
        settings: ["data.trainingSamples=90", "network[2].width=\(width)"])
      return try DataSets(recipe)
    }
    #expect(try sets(6).train.targets == 6)
    #expect(try sets(9).images().train.task == .classification(classes: 9))
    let error = try #require(throws: RecipeError.self) { try sets(5) }
    #expect(error.source == "shapes" && error.problem.contains("make the last width 6"))
  }

  @Test("No test sample has the noise of the training or validation sample of its number")
  func noiseOfTestSamples() throws {
    let recipe = try Recipe(
      named: "quickstart",
      settings: [
        "data={source: shapes, task: reconstruction, noise: 0.5, trainingSamples: 20, testSamples: 20}",
        "network[2]={width: 256, activation: identity}",
      ])
    let (sets, pool) = (try DataSets(recipe).images(), WorkerPool(threads: 1))
    func noise(_ samples: ImageSamples) -> [[Float]] {
      (0..<20).map { sample in
        let batch: Batch<Float> = samples.batch(of: [sample], on: pool)
        return zip(batch.inputs.scalars, batch.targets.scalars).map { $0 - $1 }
      }
    }
    // Differences of the same numbers agree to rounding.
    let pairs = zip(noise(sets.train), noise(sets.test))
    #expect(pairs.allSatisfy { a, b in zip(a, b).contains { abs($0 - $1) > 0.01 } })
    #expect(try noise(DataSets(recipe).images().test) == noise(sets.test))
  }
}
