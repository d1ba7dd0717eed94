import Foundation
import Interchange
import Tensors
import Testing

/// Data that cannot be right are refused with the file's name, and no run folder is made.
@Suite struct BadDataTests {
  private static let images = "data/train-images-idx3-ubyte"
  private static let labels = "data/train-labels-idx1-ubyte"
  private static let testImages = "data/t10k-images-idx3-ubyte"

  /// A file of the data set, what is done to it, and what must be said.
  private static let damages:
    [(name: String, file: String, damage: @Sendable ([UInt8]) -> [UInt8]?, words: [String])] = [
      ("images missing", images, { _ in nil }, [images, "No such file"]),
      ("labels missing", labels, { _ in nil }, [labels, "No such file"]),
      ("test images missing", testImages, { _ in nil }, [testImages, "No such file"]),
      ("cut off", images, { Array($0.dropLast(5)) }, [images, "960 bytes but 955", "byte 16"]),
      ("cut off in the header", images, { Array($0.prefix(7)) }, [images, "byte 4"]),
      ("empty", images, { _ in [] }, [images, "0 are left"]),
      ("wrong magic", images, { [1] + $0.dropFirst() }, [images, "not an IDX file", "byte 0"]),
      ("of text", images, { _ in Array("hello, world".utf8) }, [images, "not an IDX file"]),
      (
        "claiming 2^96 bytes", images,
        { Array($0.prefix(4)) + Array(repeating: 255, count: 12) + $0.dropFirst(16) },
        [images, "too large"]
      ),
      (
        "one label short", labels, { [0, 0, 8, 1, 0, 0, 0, 59] + $0.dropFirst(8).dropLast() },
        ["60 images", "59 labels", "belong together"]
      ),
      (
        "labels for images", images, { _ in [0, 0, 8, 1, 0, 0, 0, 1, 0] },
        [images, "not bytes as images"]
      ),
      (
        "test pictures of another size", testImages,
        { Array($0.prefix(8)) + [0, 0, 0, 2, 0, 0, 0, 8] + $0.dropFirst(16) },
        ["[4, 4]", "[2, 8]", "alike"]
      ),
      (
        "no pictures", images, { Array($0.prefix(4)) + [0, 0, 0, 0] + $0[8..<16] }, ["0 images"]
      ),
      ("bad gzip", images + ".gz", { _ in [0x1f, 0x8b, 8, 0, 1, 2, 3] }, [images + ".gz"]),
    ]

  @Test("Damaged IDX files are refused", arguments: damages.indices)
  func idx(_ index: Int) throws {
    let (_, file, damage, words) = Self.damages[index]
    let place = try Workplace.tiny()
    let changed = damage((try? place.bytes(file)) ?? [])
    if let changed {
      try place.write(changed, to: file)
    } else {
      try FileManager.default.removeItem(at: place.file(file))
    }
    for command in [["train", "tiny.yaml", "--folder", "run"], ["check", "tiny.yaml"]] {
      try Tool.expectComplaint(command, in: place, saying: words)
    }
  }

  private func npz(
    _ place: Workplace, images: (inout [Float]) -> Void = { _ in },
    labels: (inout [Float]) -> Void = { _ in }, leavingOut: String = ""
  ) throws {
    var (pixels, digits) = ([Float](repeating: 0.5, count: 12 * 4), (0..<12).map { Float($0 % 4) })
    images(&pixels)
    labels(&digits)
    let arrays = [
      NamedTensor("x_train", .float32(try Tensor(shape: [12, 2, 2], scalars: pixels))),
      NamedTensor("y_train", .float32(try Tensor(shape: [digits.count], scalars: digits))),
      NamedTensor("x_test", .float32(try Tensor(shape: [12, 2, 2], scalars: pixels))),
      NamedTensor("y_test", .float32(try Tensor(shape: [digits.count], scalars: digits))),
    ]
    try NPZFile(arrays.filter { $0.name != leavingOut }).write(to: place.file("data.npz"))
  }

  private static let npzRun = [
    "train", "tiny.yaml", "--folder", "run", "-q", "--set", "data.source=npz", "--set",
    "data.folder=data.npz", "--set", "data.validationSamples=2",
  ]

  @Test("Sound NPZ data train, so that the refusals below have their own causes")
  func soundNPZ() throws {
    let place = try Workplace.tiny()
    try npz(place)
    #expect(try Tool.run(Self.npzRun, in: place).status == 0)
  }

  @Test(
    "A number that is not finite is refused with its place", arguments: [Float.nan, .infinity])
  func notFinite(_ value: Float) throws {
    let place = try Workplace.tiny()
    try npz(place, images: { $0[9] = value })
    try Tool.expectComplaint(
      Self.npzRun, in: place, saying: ["data.npz", "image 3", "pixel 1", "must be finite"])
  }

  @Test("A label that is no small whole number is refused", arguments: [Float.nan, -1, 0.5, 256])
  func labels(_ value: Float) throws {
    let place = try Workplace.tiny()
    try npz(place, labels: { $0[3] = value })
    try Tool.expectComplaint(Self.npzRun, in: place, saying: ["data.npz", "y_train", "0 to 255"])
  }

  @Test("An NPZ file without an array, or with too few labels, is refused")
  func shapes() throws {
    let place = try Workplace.tiny()
    try npz(place, leavingOut: "y_test")
    try Tool.expectComplaint(Self.npzRun, in: place, saying: ["data.npz", "no array 'y_test'"])
    try npz(place, labels: { $0.removeLast() })
    try Tool.expectComplaint(Self.npzRun, in: place, saying: ["data.npz", "one label for each"])
    try place.write("not a zip archive", to: "data.npz")
    try Tool.expectComplaint(Self.npzRun, in: place, saying: ["data.npz"])
    try FileManager.default.removeItem(at: place.file("data.npz"))
    try Tool.expectComplaint(Self.npzRun, in: place, saying: ["data.npz", "No such file"])
  }

  @Test("Bytes and numbers in one NPZ file, and pictures in colour, are refused with what to do")
  func kinds() throws {
    func write(_ train: [Int], _ test: AnyTensor) throws -> Workplace {
      let place = try Workplace.tiny()
      let labels = AnyTensor.uint8(IntegerTensor((0..<12).map { UInt8($0 % 4) }))
      let bytes = [UInt8](repeating: 7, count: train.reduce(1, *))
      try NPZFile([
        NamedTensor("x_train", .uint8(try IntegerTensor(shape: train, scalars: bytes))),
        NamedTensor("y_train", labels), NamedTensor("x_test", test), NamedTensor("y_test", labels),
      ]).write(to: place.file("data.npz"))
      return place
    }
    func bytes(_ shape: [Int]) throws -> AnyTensor {
      let pixels = [UInt8](repeating: 9, count: shape.reduce(1, *))
      return .uint8(try IntegerTensor(shape: shape, scalars: pixels))
    }
    try Tool.expectComplaint(
      Self.npzRun, in: try write([12, 2, 2], .float32(Tensor(shape: [12, 2, 2]))),
      saying: ["data.npz", "x_train and x_test", "one type"])
    for shape in [[12, 2, 2, 3], [12, 3, 2, 2]] {
      try Tool.expectComplaint(
        Self.npzRun, in: try write(shape, try bytes(shape)),
        saying: ["data.npz", "x_train", "\(shape.dropFirst())", "average over the channels"])
    }
    for shape in [[12, 2, 2], [12, 2, 2, 1], [12, 1, 2, 2], [12, 5]] {
      let place = try write(shape, try bytes(shape))
      #expect(try Tool.run(Self.npzRun, in: place).status == 0)
    }
  }

  @Test("Fashion-MNIST that is not there comes with how to get it")
  func fashionMNIST() throws {
    let place = try Workplace()
    try Tool.expectComplaint(
      ["check", "classifier", "--set", "data.folder=nowhere"], in: place,
      saying: ["nowhere", "apt-get install dataset-fashion-mnist", "data.folder"])
  }
}
