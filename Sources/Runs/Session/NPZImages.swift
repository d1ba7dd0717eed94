import Foundation
import Interchange

/// An NPZ file with `x_train`, `y_train`, `x_test` and `y_test`.
struct NPZImages {
  private let file: URL
  private let arrays: NPZRows

  init(_ file: URL) throws {
    self.file = file
    arrays = try NPZRows(file)
  }

  /// `x_` and `y_` of a suffix, and rows and columns of a picture.
  func part(_ suffix: String) throws -> (RawImages.Part, [Int]) {
    let (imageName, labelName) = ("x_" + suffix, "y_" + suffix)
    let (shape, labelShape) = (try self.shape(imageName), try self.shape(labelName))
    guard shape.count > 1, shape.first == labelShape.reduce(1, *) else {
      throw problem(
        "\(imageName) of shape \(shape) and \(labelName) of shape \(labelShape) do "
          + "not belong together; there must be one label for each image")
    }
    let part = RawImages.Part(
      pixels: shape.dropFirst().reduce(1, *),
      labels: try bytes(array(labelName), labelName), labelSource: "\(file.path): \(labelName)"
    ) { rows in
      let images = try array(imageName, rows: rows)
      if case .uint8(let bytes) = images { return .bytes(bytes.scalars) }
      return .numbers(images.real(Float.self).scalars)
    }
    return (part, try pictureShape(Array(shape.dropFirst()), imageName))
  }

  /// Whether the images are bytes.
  func holdsBytes(_ suffix: String) -> Bool { arrays.holdsBytes("x_" + suffix) }

  private func shape(_ name: String) throws(RecipeError) -> [Int] {
    guard let shape = arrays.shape(of: name) else { throw missing(name) }
    return shape
  }

  private func array(_ name: String, rows: [Int]? = nil) throws -> AnyTensor {
    guard let array = try arrays.array(name, rows: rows) else { throw missing(name) }
    return array
  }

  private func missing(_ name: String) -> RecipeError {
    problem("no array '\(name)'; the file must hold x_train, y_train, x_test, y_test")
  }

  /// Rows and columns, a channel of its own left out; plain numbers are one row. Colours would be shown
  /// and compared as if they were grey columns, so they are refused.
  private func pictureShape(_ shape: [Int], _ name: String) throws(RecipeError) -> [Int] {
    let extents = shape.count > 2 ? shape.filter { $0 != 1 } : shape
    guard extents.count <= 2 else {
      throw problem(
        "\(name) holds pictures of shape \(shape), but pictures are grey, rows and columns; "
          + "average over the channels, or store each picture as one row of numbers")
    }
    return Array(repeating: 1, count: 2 - extents.count) + extents
  }

  private func bytes(_ array: AnyTensor, _ name: String) throws(RecipeError) -> [UInt8] {
    var labels: [UInt8] = []
    for number in array.real(Double.self).scalars {
      guard let label = UInt8(exactly: number) else {
        throw problem("\(name) holds \(number); labels are whole numbers, 0 to 255")
      }
      labels.append(label)
    }
    return labels
  }

  private func problem(_ sentence: String) -> RecipeError {
    RecipeError(source: file.path, problem: sentence)
  }
}
