import Foundation
import Interchange
import Lifted
import Tensors
import Yams

/// A network whose weights came from elsewhere, in one YAML file:
///
///     input: [1, 28, 28]
///     network:
///       - {convolution: 8, kernel: 3, stride: 2, padding: 1, activation: relu}
///       - {width: 10, activation: softmax}
///     weights: model.safetensors
///
/// Layers are written as in a recipe. Weights are named as `torch.nn.Sequential` names them, unless `names`
/// lists the modules with parameters in their order; `prefix` is what stands before all names.
struct ArchitectureFile: Decodable {
  let input: LayerInput
  let shape: [Int]
  let layers: [LayerRecipe]
  let weights: String
  let prefix: String?
  let names: [String]?

  init(from decoder: any Decoder) throws {
    var reader = try StrictReader(decoder)
    for key in ["methods", "training", "data"] {
      try reader.refuse(
        key, "this is a recipe for training; give the folder of its run, or leave this key out")
    }
    let extents: ModelExtents = try reader.required("input")
    layers = try reader.required("network")
    weights = try reader.required("weights")
    prefix = try reader.optional("prefix")
    names = try reader.optional("names")
    try reader.finish()
    shape = extents.extents
    guard !layers.isEmpty else { throw reader.error("network", "give at least one layer") }
    guard (1...3).contains(shape.count), let count = ONNXOperation.count(of: shape),
      count <= ONNXOperation.mostOutputs
    else {
      throw reader.error("input", "give a number, or channels, height and width, each at least 1")
    }
    do { input = try LayerInput(picture: shape) } catch {
      throw reader.error("input", error.description)
    }
  }

  /// A number, or a list of numbers.
  private struct ModelExtents: Decodable {
    let extents: [Int]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let count = try? container.decode(Int.self) {
        extents = [count]
      } else if let list = try? container.decode([Int].self) {
        extents = list
      } else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "expected a whole number, or [channels, height, width]"))
      }
    }
  }

  /// The weights under the network's own names.
  func parameters(for network: Network, beside url: URL) throws -> Parameters<Float> {
    let file = URL(fileURLWithPath: weights, relativeTo: url.deletingLastPathComponent())
    let entries = try Safetensors.read(from: file).entries
    let start = prefix ?? ""
    let named = entries.filter { $0.name.hasPrefix(start) }.map {
      (String($0.name.dropFirst(start.count)), $0.tensor.real(Float.self))
    }
    let own = try names.map { try renamed(named, by: $0, for: network, source: url) } ?? named
    return try WeightFile.parameters(own, for: network, file: file)
  }

  /// The listed modules under the names of the network's own, in order.
  private func renamed(
    _ named: [(String, Tensor<Float>)], by names: [String], for network: Network, source: URL
  ) throws -> [(String, Tensor<Float>)] {
    let own = Parameters<Float>(zerosFor: network).named(in: network).map(\.name)
    let modules = own.reduce(into: [Substring]()) { modules, name in
      let module = name.prefix { $0 != "." }
      if modules.last != module { modules.append(module) }
    }
    guard modules.count == names.count, Set(names).count == names.count else {
      throw RecipeError(
        source: source.relativePath, key: "names",
        problem:
          "\(names.count) names, \(Set(names).count) of them different, for the \(modules.count) "
          + "layers with parameters; give one for each, in order")
    }
    return named.map { name, tensor in
      // The longest that fits, as one module's name may begin another's.
      let fitting = names.enumerated().filter { name.hasPrefix($0.element + ".") }
      guard let best = fitting.max(by: { $0.element.count < $1.element.count }) else {
        return (name, tensor)
      }
      return ("\(modules[best.offset])\(name.dropFirst(best.element.count))", tensor)
    }
  }
}

extension TrainedModel {
  /// A network in a YAML file, its weights in a safetensors file beside it.
  /// - Throws: an error of one line.
  init(architecture url: URL) throws {
    let source = url.relativePath
    let text = try RecipeText.named(source)
    let file: ArchitectureFile
    do {
      file = try YAMLDecoder().decode(
        ArchitectureFile.self, from: Node(yaml: text, source: source))
    } catch { throw RecipeError(error, source: source) }
    let network: Network
    do { network = try file.layers.network(on: file.input) } catch {
      throw RecipeError(source: source, key: "network", problem: "\(error)")
    }
    let theta = try file.parameters(for: network, beside: url)
    self.init(url, .architecture, network, theta, input: file.shape, output: nil)
  }
}
