import Imaging
import Lifted

/// The keys of the data for restoration: what pictures go through, and how patches are cut from them.
public struct RestorationRecipe: Sendable, Equatable {
  /// What pictures go through before the noise.
  public let `operator`: OperatorChoice
  /// Rows and columns of the patches to train on.
  public let patch: Int
  /// Whether patches are flipped and turned.
  public let flips: Bool
  /// A folder of pictures to test on, in place of some that are set aside.
  public let test: String?

  init(_ reader: inout StrictReader) throws {
    `operator` = try reader.optional("operator") ?? .none
    patch = try reader.optional("patch") ?? 50
    flips = try reader.optional("flips") ?? true
    test = try reader.optional("test")
    try reader.require(patch, in: 1...4096, "patch")
    let recipe = self
    _ = try reader.checked("patch") { try recipe.operator.map(on: recipe.patchShape, seed: 0) }
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(`operator`, "operator")
    try writer.write(patch, "patch")
    try writer.write(flips, "flips")
    if let test { try writer.write(test, "test") }
  }

  /// Extents of a patch: grey.
  var patchShape: ImageShape {
    get throws(ShapeError) { try ImageShape(channels: 1, height: patch, width: patch) }
  }
}
