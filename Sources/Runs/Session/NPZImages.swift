import Foundation
import Interchange

/// An NPZ file with `x_train`, `y_train`, `x_test` and `y_test`.
struct NPZImages {
  private let file: URL
  private let arrays: NPZFile

  init(_ file: URL) throws {
    self.file = file
    arrays = try NPZFile.read(from: file)
  }

  /// `x_` and `y_` of a suffix, and rows and columns of a picture.
  func part(_ suffix: String) throws(RecipeError) -> (RawImages.Part, [Int]) {
    let (imageName, labelName) = ("x_" + suffix, "y_" + suffix)
    let (images, labels) = (try array(imageName), try array(labelName))
    guard images.shape.count > 1, images.shape.first == labels.count else {
      throw problem(
        "\(imageName) of shape \(images.shape) and \(labelName) of shape \(labels.shape) do "
          + "not belong together; there must be one label for each image")
    }
    let pixels: RawImages.Pixels =
      if case .uint8(let bytes) = images {
        .bytes(bytes.scalars)
      } else {
        .numbers(images.real(Float.self).scalars)
      }
    let part = RawImages.Part(
      pixels: pixels, labels: try bytes(labels, labelName),
      labelSource: "\(file.path): \(labelName)")
    return (part, try pictureShape(Array(images.shape.dropFirst()), imageName))
  }

  private func array(_ name: String) throws(RecipeError) -> AnyTensor {
    guard let array = arrays[name] else {
      throw problem("no array '\(name)'; the file must hold x_train, y_train, x_test, y_test")
    }
    return array
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
