import Foundation
import Interchange
import Tensors
import Testing

@testable import Lifted
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

  /// Recipes on 2410 pictures of every source that is read in part, 10 of them for validation, by name.
  private func sources(in folder: URL) throws -> [(name: String, recipe: Recipe)] {
    func arrays(_ part: String, _ count: Int) throws -> [NamedTensor] {
      let pixels = (0..<(count * 12)).map { Float($0 % 7) / 8 }
      return [
        NamedTensor("x_" + part, .float32(try Tensor(shape: [count, 3, 4], scalars: pixels))),
        NamedTensor("y_" + part, .uint8(IntegerTensor((0..<count).map { UInt8($0 % 3) }))),
      ]
    }
    let npz = folder.appendingPathComponent("numbers.npz")
    try NPZFile(arrays("train", 2410) + arrays("test", 20)).write(to: npz)
    for (part, count) in [("train", 2410), ("t10k", 20)] {
      let pixels = (0..<(count * 12)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      try IDXFile(.uint8(IntegerTensor(shape: [count, 3, 4], scalars: pixels)))
        .write(to: folder.appendingPathComponent(part + "-images-idx3-ubyte"))
      try IDXFile(.uint8(IntegerTensor((0..<count).map { UInt8($0 % 3) })))
        .write(to: folder.appendingPathComponent(part + "-labels-idx1-ubyte"))
    }
    return try [
      ("npz", "source: npz, folder: \(npz.path)"), ("idx", "source: idx, folder: \(folder.path)"),
      ("shapes", "source: shapes, trainingSamples: 2400, testSamples: 20"),
    ].map { name, data in
      let recipe = try Recipe(
        yaml: """
          name: shares
          data: {\(data), validationSamples: 10}
          network: [{width: 6, activation: softmax}]
          training: {epochs: 1}
          methods: [{name: a, signal: contrast, update: {rule: adam}}]
          """, source: name)
      return (name, recipe)
    }
  }

  @Test("A rank has its own samples and no others, the first one those that are evaluated, too")
  func shares() throws {
    let scratch = try Scratch()
    let pool = WorkerPool(threads: 1)
    for (name, recipe) in try sources(in: scratch.url) {
      let whole = try DataSets(recipe).images()
      #expect(whole.train.count == 2400 && whole.train.imagesInMemory == 2410)
      for rank in 0..<4 {
        var data = try DataSets(recipe, share: .rank(rank))
        let early = try data.images()
        #expect(early.train.count == 2400 && early.train.targets == whole.train.targets)
        // One pass over the file for both.
        #expect(early.train.imagesInMemory == (rank == 0 ? 510 : 500))
        #expect(early.validation.count == 10 && early.test.count == 20)
        #expect(early.validation.hasImages(of: 0..<10) == (rank == 0))
        #expect(early.test.imagesInMemory == (rank == 0 ? 20 : 0))
        let own = (rank * 600)..<((rank + 1) * 600)
        try data.keepTraining(only: own)
        let late = try data.images().train
        #expect(late.imagesInMemory == 600)
        for (samples, range) in [(early.train, 0..<500), (late, own)] {
          let (a, b): (Batch<Float>, Batch<Float>) = (
            whole.train.batch(of: range, visit: 3, on: pool),
            samples.batch(of: range, visit: 3, on: pool)
          )
          #expect(a == b, "\(name), rank \(rank)")
        }
        // What is in memory already is not read again.
        var read = try DataSets(recipe)
        try read.keepTraining(only: own)
        #expect(try read.images().train.imagesInMemory == 600)
      }
      let first = try DataSets(recipe, share: .first(7)).images()
      #expect(first.train.imagesInMemory == 7 && first.test.imagesInMemory == 0)
    }
  }
}
