/// The recipes for inversion that come with the tool.
public enum BuiltInInversions {
  private static let files: [(name: String, bytes: [UInt8])] = [
    ("perceptron", PackageResources.perceptron_yaml),
    ("dead-perceptron", PackageResources.dead_perceptron_yaml),
    ("deep-random", PackageResources.deep_random_yaml),
    ("code", PackageResources.code_yaml),
    ("monotone-residual", PackageResources.monotone_residual_yaml),
    ("shallow", PackageResources.shallow_yaml),
  ]

  /// Their names.
  public static var names: [String] { files.map(\.name) }

  /// The text of a recipe; `nil` if there is none of that name.
  public static func text(of name: String) -> String? {
    files.first { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }
}
