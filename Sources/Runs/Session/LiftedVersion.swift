/// The version of the tool, as summaries and `lifted --version` give it.
public enum LiftedVersion {
  /// Major, minor, patch.
  public static let current = "0.1.0"
}
