import Foundation
import Imaging
import Interchange
import Lifted
import Tensors

extension TruthRecipe {
  /// The unknowns, one in each row.
  /// - Throws: an error of one line for a source that does not go with the extents, or a file that cannot be
  ///   read.
  func unknowns(
    of shape: ImageShape, seed: UInt64, source recipe: String, on pool: WorkerPool
  ) throws -> Tensor<Float> {
    let count = self.count ?? 1
    let rows = [count, shape.count]
    switch source {
    case .file: return try readRows(of: path ?? "", shape)
    case .deadLeaves:
      return try DeadLeaves(shape).pictures(count, seed: seed, on: pool).reshaped(to: rows)
    case .phantom:
      return try Phantom(shape).pictures(count, seed: seed).reshaped(to: rows)
    case .fashionMNIST: return try testPictures(count, shape, recipe)
    case .grid:
      guard shape.count == 1 else {
        throw RecipeError(
          source: recipe, key: "truth.source",
          problem: "a grid is for unknowns of one number, not \(shape.count); take normal")
      }
      let step = (range.upperBound - range.lowerBound) / Double(max(count - 1, 1))
      return try Tensor(
        shape: rows, scalars: (0..<count).map { Float(range.lowerBound + Double($0) * step) })
    case .normal:
      var stream = RandomStream(seed: seed, .synthesis)
      return .normal(shape: rows, standardDeviation: 1, from: &stream)
    }
  }

  private func readRows(of path: String, _ shape: ImageShape) throws -> Tensor<Float> {
    let file = URL(fileURLWithPath: path)
    guard file.pathExtension.lowercased() == "png" else {
      let all = try Tensor<Float>.rows(ofFile: path, numbers: shape.count, called: "unknown")
      return try chosen(all, of: path)
    }
    let planes = try PNGImage.read(from: file).planes
    let picture = shape.channels == 1 ? try ImageSet([planes]).grey.pictures[0] : planes
    guard picture.shape == [shape.channels, shape.height, shape.width] else {
      throw RecipeError(
        source: path,
        problem: "a picture of shape \(picture.shape) for unknowns of \(shape); scale or cut it")
    }
    return try picture.reshaped(to: [1, shape.count])
  }

  private func testPictures(
    _ count: Int, _ shape: ImageShape, _ recipe: String
  ) throws -> Tensor<Float> {
    guard shape.count == 784 else {
      throw RecipeError(
        source: recipe, key: "truth.source",
        problem: "Fashion-MNIST has pictures of 28 x 28, not \(shape); take another source")
    }
    let folder = try FashionMNIST.folder(given: path)
    let images = try IDXFile.images(
      from: FashionMNIST.file("t10k-images-idx3-ubyte", in: folder))
    guard count <= images.shape[0] else {
      throw RecipeError(
        source: recipe, key: "truth.count",
        problem: "\(count) of \(images.shape[0]) pictures; ask for fewer")
    }
    return try Tensor(
      shape: [count, 784], scalars: images.scalars.prefix(count * 784).map { Float($0) / 255 })
  }

  private func chosen(_ all: Tensor<Float>, of path: String) throws -> Tensor<Float> {
    guard let count else { return all }
    guard count <= all.rows else {
      throw RecipeError(
        source: path, key: "truth.count", problem: "\(count) of \(all.rows) rows; ask for fewer")
    }
    return all.rows(0..<count)
  }
}
