/// Which of a recipe's samples are read; the others are counted, and read past.
public struct SampleShare: Sendable, Equatable {
  /// How many training samples, the first ones; nil for all.
  let training: Int?
  /// Whether validation and test samples are read.
  let evaluates: Bool

  /// All of them.
  public static let all = SampleShare(training: nil, evaluates: true)

  /// The first training samples and no others.
  public static func first(_ count: Int) -> SampleShare {
    SampleShare(training: count, evaluates: false)
  }

  /// What a rank needs before it knows which samples are its own: those on which a network is looked at, and
  /// on rank 0, which writes and speaks, those that are evaluated.
  public static func rank(_ rank: Int) -> SampleShare {
    SampleShare(training: mostInProbe, evaluates: rank == 0)
  }

  /// On how many samples networks are looked at, at most.
  static let mostInProbe = 500
}
