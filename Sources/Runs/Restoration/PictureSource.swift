import Foundation
import Imaging
import Interchange
import Lifted
import Tensors

/// The pictures of a recipe for restoration: to train on, to validate and to test.
struct PictureSource {
  let train: ImageSet
  let validation: [Tensor<Float>]
  let test: [Tensor<Float>]

  init(_ recipe: DataRecipe, seed: UInt64) throws {
    let folderOfTests = recipe.restoration?.test
    let setAside = folderOfTests == nil ? recipe.testSamples ?? Self.usualTests : 0
    let all = try Self.pictures(recipe, setAside: setAside, seed: seed)
    let needed = recipe.validationSamples + setAside
    guard all.count > needed else {
      throw RecipeError(
        source: recipe.folder ?? recipe.source.rawValue, key: "data.validationSamples",
        problem: "\(needed) of \(all.count) pictures are to be set aside for validation and tests, which "
          + "leaves none to train on; set aside fewer")
    }
    var stream = RandomStream(seed: seed, .split)
    let order = stream.permutation(of: all.count)
    func chosen(_ numbers: ArraySlice<Int>) -> [Tensor<Float>] { numbers.sorted().map { all[$0] } }
    validation = chosen(order[..<recipe.validationSamples])
    train = try ImageSet(chosen(order[needed...]))
    test =
      try folderOfTests.map { try Self.pictures(in: $0, most: recipe.testSamples) }
      ?? chosen(order[recipe.validationSamples..<needed])
  }

  private static let usualTests = 8
  /// The most dead leaves to train on, and their rows and columns.
  private static let leaves = (count: 400, side: 180)

  private static func pictures(
    _ recipe: DataRecipe, setAside: Int, seed: UInt64
  ) throws -> [Tensor<Float>] {
    guard recipe.source == .deadLeaves else { return try pictures(in: recipe.folder ?? ".") }
    let shape = try ImageShape(channels: 1, height: leaves.side, width: leaves.side)
    let patches = recipe.trainingSamples ?? leaves.count
    let count = min(patches, leaves.count) + recipe.validationSamples + setAside
    let pool = WorkerPool(threads: WorkerPool.processors)
    return try DeadLeaves(shape).imageSet(count, seed: seed, on: pool).pictures
  }

  /// The pictures of a folder in grey, by name.
  private static func pictures(in folder: String, most: Int? = nil) throws -> [Tensor<Float>] {
    let files = try PNGFolder(URL(fileURLWithPath: folder, isDirectory: true)).files
    if let most, most > files.count {
      throw RecipeError(
        source: folder, key: "data.testSamples",
        problem: "\(most) are asked for, \(files.count) pictures are there; ask for fewer")
    }
    return try files.prefix(most ?? files.count).flatMap {
      try ImageSet([PNGImage.read(from: $0).planes]).grey.pictures
    }
  }
}
