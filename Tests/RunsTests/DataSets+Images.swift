import Lifted
import Testing

@testable import Runs

extension DataSets {
  /// The samples of tasks that have samples of one size in all parts.
  func images() throws -> (train: ImageSamples, validation: ImageSamples, test: ImageSamples) {
    func images(_ part: EvaluationSamples) throws -> ImageSamples {
      guard case .samples(let samples) = part else { throw Pictures() }
      return samples
    }
    let train = try #require(self.train as? ImageSamples)
    return (train, try images(validation), try images(test))
  }

  private struct Pictures: Error {}
}
