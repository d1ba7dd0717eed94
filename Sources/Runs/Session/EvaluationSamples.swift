import Lifted

/// What a network is judged on.
public enum EvaluationSamples: Sendable {
  /// Samples like those it is trained on.
  case samples(ImageSamples)
  /// Whole pictures to be restored.
  case pictures(PictureProblems)

  /// Number of samples or pictures.
  public var count: Int {
    switch self {
    case .samples(let samples): samples.count
    case .pictures(let pictures): pictures.count
    }
  }
}
