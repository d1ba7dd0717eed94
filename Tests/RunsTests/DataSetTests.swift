import Foundation
import Interchange
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
      return try DataSets(recipe.data, seed: 1)
    }
    #expect(try load(testSide: 4).test.inputs == 16)
    let error = try #require(throws: RecipeError.self) { try load(testSide: 2) }
    #expect(error.problem.contains("[4, 4]") && error.problem.contains("[2, 2]"))
  }
}
