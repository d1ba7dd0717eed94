import ArgumentParser
import Foundation
import Interchange
import Runs
import Tensors

/// `lifted inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Say what is in a file: safetensors, NPY, NPZ, IDX, PNG, ONNX, an architecture; or a run folder."
  )

  @Argument(help: "The file or run folder.")
  var path: String

  func run() throws {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      let folder = try RunFolder.open(url)
      return print(try FigureTable(folder).text)
    }
    switch url.pathExtension.lowercased() {
    case "onnx": return print(try ONNXListing(url).text)
    case "yaml", "yml": return print(try TrainedModel.open(url, on: WorkerPool(threads: 1)).text)
    default: break
    }
    let rows = try tensors(in: url).map { entry in
      [entry.name, "\(entry.tensor.shape)", entry.tensor.typeName] + range(of: entry.tensor)
    }
    print(Terminal.table([["name", "shape", "type", "least", "most", "finite"]] + rows))
  }

  private func tensors(in url: URL) throws -> [NamedTensor] {
    let name = url.deletingPathExtension().lastPathComponent
    switch url.pathExtension.lowercased() {
    case "safetensors": return try Safetensors.read(from: url).entries
    case "npy": return [NamedTensor(name, try NPYFile.read(from: url).tensor)]
    case "npz": return try NPZFile.read(from: url).arrays
    case "png": return [NamedTensor(name, .float32(try PNGImage.read(from: url).pixels))]
    case let end where end.hasSuffix("ubyte") || end == "gz" || end == "idx" || end.isEmpty:
      return [NamedTensor(name, try IDXFile.read(from: url).tensor)]
    default:
      throw ToolError(
        "\(path): unknown kind of file; give .safetensors, .npy, .npz, .png, .onnx, .yaml or an IDX file"
      )
    }
  }

  private func range(of tensor: AnyTensor) -> [String] {
    let numbers = tensor.real(Double.self)
    let finite = numbers.scalars.filter(\.isFinite)
    guard let least = finite.min(), let most = finite.max() else {
      return ["-", "-", numbers.count == 0 ? "empty" : "none"]
    }
    return [
      String(format: "%.6g", least), String(format: "%.6g", most),
      finite.count == numbers.count ? "all" : "\(finite.count) of \(numbers.count)",
    ]
  }
}

extension AnyTensor {
  fileprivate var typeName: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .uint8: "uint8"
    case .int64: "int64"
    case .uint64: "uint64"
    }
  }
}
