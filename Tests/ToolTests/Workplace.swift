import Foundation
import Interchange
import Tensors

/// A folder to work in, removed with everything in it when the value goes away.
final class Workplace {
  let url: URL
  private let logs: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "lifted-tool-\(UUID().uuidString)")
    logs = url.appendingPathExtension("logs")
    for folder in [url, logs] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
    try? FileManager.default.removeItem(at: logs)
  }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// A new file outside the folder.
  func hidden(_ name: String) -> URL { logs.appendingPathComponent("\(UUID().uuidString).\(name)") }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let file = self.file(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: file(name))) }

  /// Whether two files hold the same bytes. A plain answer: on a failure the testing library would
  /// otherwise work out the differences of whole files, byte by byte, for minutes.
  func same(_ a: String, _ b: String) throws -> Bool { try bytes(a) == bytes(b) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name).path) }

  /// Every file below a folder with its contents.
  func contents(of name: String = ".") throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: file(name).path) {
      contents[path] = try? Data(contentsOf: file(name).appendingPathComponent(path))
    }
    return contents
  }

  /// The four IDX files of a data set of small square pictures of four classes, told apart by the
  /// row that is bright.
  func writeIDX(_ folder: String, train: Int = 60, test: Int = 20, side: Int = 4) throws {
    for (prefix, count) in [("train", train), ("t10k", test)] {
      let labels = (0..<count).map { UInt8($0 % 4) }
      let pixels = (0..<count * side * side).map { index -> UInt8 in
        let (image, pixel) = index.quotientAndRemainder(dividingBy: side * side)
        return (pixel / side % 4 == image % 4 ? 180 : 0) + UInt8(index * 7919 % 61)
      }
      try write([UInt8](), to: "\(folder)/\(prefix)-images-idx3-ubyte")
      try IDXFile(.uint8(IntegerTensor(shape: [count, side, side], scalars: pixels)))
        .write(to: file("\(folder)/\(prefix)-images-idx3-ubyte"))
      try IDXFile(.uint8(IntegerTensor(labels)))
        .write(to: file("\(folder)/\(prefix)-labels-idx1-ubyte"))
    }
  }

  /// A small recipe on the data in the folder `data`.
  static let recipe = """
    name: tiny
    data: {source: idx, folder: data, validationSamples: 10}
    network:
      - {width: 5, activation: relu}
      - {width: 4, activation: softmax}
    training: {epochs: 2, batchSize: 8}
    methods:
      - {name: lifted, signal: contrast, update: {rule: adam}}
      - {name: back-propagation, signal: backPropagation, update: {rule: adam}}

    """

  /// A workplace with `tiny.yaml` and its data.
  static func tiny() throws -> Workplace {
    let place = try Workplace()
    try place.writeIDX("data")
    try place.write(recipe, to: "tiny.yaml")
    return place
  }

  /// The same with a finished run in `run`.
  static func finished() throws -> Workplace {
    let place = try tiny()
    let outcome = try Tool.run(["train", "tiny.yaml", "--folder", "run", "-q"], in: place)
    guard outcome.status == 0 else { throw Failed(description: outcome.complaint) }
    return place
  }

  struct Failed: Error { let description: String }
}
