import Foundation
import Interchange
import Lifted
import Tensors

/// A network's parameters as safetensors, named as `torch.nn.Sequential` names them.
public enum WeightFile {
  /// Writes the parameters, whole or not at all.
  /// - Throws: `FormatError`.
  public static func write(
    _ theta: Parameters<Float>, of network: Network, to url: URL
  ) throws(FormatError) {
    let entries = theta.named(in: network).map { NamedTensor($0.name, .float32($0.tensor)) }
    try Safetensors(entries: entries, metadata: ["format": "pt"]).write(to: url)
  }

  /// Reads the parameters of a network; names and shapes must be exactly its own.
  /// - Throws: `FormatError`.
  public static func read(
    from url: URL, for network: Network
  ) throws(FormatError) -> Parameters<Float> {
    let entries = try Safetensors.read(from: url).entries
    return try parameters(entries.map { ($0.name, $0.tensor.real()) }, for: network, file: url)
  }

  static func parameters(
    _ named: [(String, Tensor<Float>)], for network: Network, file: URL
  ) throws(FormatError) -> Parameters<Float> {
    let tensors = Dictionary(named) { first, _ in first }
    do {
      let theta = try Parameters(named: tensors, for: network)
      if theta.isFinite { return theta }
    } catch {
      throw FormatError(
        .corrupt, file: file.path, problem: error.description,
        remedy: "give the weights of this network")
    }
    throw FormatError(
      .corrupt, file: file.path, problem: "a weight is not finite",
      remedy: "give the weights of a run that has not diverged")
  }
}
