/// The recipes that come with the tool.
public enum BuiltInRecipes {
  private static let files: [(name: String, bytes: [UInt8])] = [
    ("quickstart", PackageResources.quickstart_yaml),
    ("classifier", PackageResources.classifier_yaml),
    ("lenet", PackageResources.lenet_yaml),
    ("auto-encoder", PackageResources.auto_encoder_yaml),
    ("dead-units", PackageResources.dead_units_yaml),
    ("deep-narrow", PackageResources.deep_narrow_yaml),
    ("deep-residual", PackageResources.deep_residual_yaml),
    ("deep-plain", PackageResources.deep_plain_yaml),
    ("denoise", PackageResources.denoise_yaml),
    ("deblur", PackageResources.deblur_yaml),
    ("inpaint", PackageResources.inpaint_yaml),
    ("code-auto-encoder", PackageResources.code_auto_encoder_yaml),
    ("implicit", PackageResources.implicit_yaml),
    ("inner-rounds", PackageResources.inner_rounds_yaml),
  ]

  /// Their names.
  public static var names: [String] { files.map(\.name) }

  /// The text of a recipe; `nil` if there is none of that name.
  public static func text(of name: String) -> String? {
    files.first { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }
}
