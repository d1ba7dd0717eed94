import Lifted

/// How long and in what steps one method trains, where that differs from the recipe's `training`:
/// methods of the whole data set and of small batches can then stand side by side.
struct OwnTraining: Sendable, Equatable {
  /// Passes over the samples; `nil` for the recipe's.
  var epochs: Int?
  /// Samples of a step; `nil` for the recipe's.
  let batchSize: BatchChoice?
  /// The factor on the step size; `nil` for the recipe's.
  let schedule: Schedule?

  init(_ reader: inout StrictReader) throws {
    epochs = try reader.optional("epochs")
    try reader.require(epochs, in: 1...1_000_000, "epochs")
    batchSize = try reader.optional("batchSize")
    schedule = try reader.choice("schedule")
  }

  func write(to writer: inout RecipeWriter) throws {
    if let epochs { try writer.write(epochs, "epochs") }
    if let batchSize { try writer.write(batchSize, "batchSize") }
    if let schedule { try writer.write(schedule, "schedule") }
  }
}

extension MethodRecipe {
  /// The method without epochs of its own, as a budget in epochs has it.
  var withoutOwnEpochs: MethodRecipe {
    var method = self
    method.ownTraining.epochs = nil
    return method
  }
}

/// A number of samples, or all of them.
struct BatchChoice: Sendable, Equatable, Codable {
  /// Samples of a step; more than there are means all.
  let size: Int
  private static let most = 1 << 30

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let word = try? container.decode(String.self), word == "all" {
      size = Self.most
    } else if let size = try? container.decode(Int.self), (1...Self.most).contains(size) {
      self.size = size
    } else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected a whole number from 1 to \(Self.most), or all"))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if size == Self.most { try container.encode("all") } else { try container.encode(size) }
  }
}

extension TrainingRecipe {
  /// This with what a method has of its own laid over it.
  func overlaid(by own: OwnTraining) -> TrainingRecipe {
    var training = self
    training.epochs = own.epochs ?? epochs
    training.batchSize = own.batchSize?.size ?? batchSize
    training.schedule = own.schedule ?? schedule
    return training
  }
}
