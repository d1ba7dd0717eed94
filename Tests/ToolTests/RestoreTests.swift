import Foundation
import Imaging
import Interchange
import Tensors
import Testing

/// `lifted restore` and `lifted degrade` on files of all kinds.
@Suite struct RestoreTests {
  private static let recipe = """
    name: tiny
    data:
      {source: pictures, folder: pictures, task: restoration, noise: 0.1, patch: 8,
       trainingSamples: 4, validationSamples: 1, testSamples: 1}
    network:
      unrolled: {layers: 2, features: 4, kernel: 3, threshold: 0.05}
    training: {epochs: 1, batchSize: 4}
    methods:
      - {name: m, signal: contrast, update: {rule: adam}}

    """

  private static func picture(_ height: Int, _ width: Int, _ channels: Int = 1) -> PNGImage {
    var pixels = Tensor<Float>(
      shape: channels == 1 ? [height, width] : [height, width, channels])
    pixels.withMutablePointer { x in
      for i in 0..<height * width * channels { x[i] = Float(i * 7919 % 251) / 250 }
    }
    return PNGImage(pixels)
  }

  private static func write(_ image: PNGImage, _ name: String, in place: Workplace) throws {
    let url = place.file(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try image.write(to: url)
  }

  /// A workplace with a trained network in `run`.
  private static func trained() throws -> Workplace {
    let place = try Workplace()
    for number in 0..<4 { try write(picture(10 + number, 12), "pictures/\(number).png", in: place) }
    try place.write(recipe, to: "tiny.yaml")
    let outcome = try Tool.run(["train", "tiny.yaml", "--folder", "run", "-q"], in: place)
    guard outcome.status == 0 else { throw Workplace.Failed(description: outcome.complaint) }
    return place
  }

  @Test("Of a folder with a broken file the others are restored, each in its own form")
  func folder() throws {
    let place = try Self.trained()
    try Self.write(Self.picture(9, 14), "in/a-grey.png", in: place)
    try place.write(Array("no picture".utf8), to: "in/b-broken.png")
    try Self.write(Self.picture(1, 1), "in/c-pixel.png", in: place)
    let deep = PNGImage(Self.picture(8, 8).pixels, depth: .sixteen)
    try Self.write(deep, "in/d-deep.png", in: place)
    try Self.write(Self.picture(7, 9, 4), "in/e-rgba.png", in: place)
    try Self.write(Self.picture(7, 9, 3), "in/f-colour.png", in: place)
    let before = try place.contents(of: "in")

    let outcome = try Tool.run(["restore", "run", "in", "-o", "out"], in: place)

    #expect(outcome.status == 1 && outcome.signal == nil)
    let lines = outcome.complaint.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains("b-broken.png") && lines[1].contains("1 of 6"))
    let unchanged = try place.contents(of: "in") == before
    #expect(unchanged)
    #expect(
      try place.contents(of: "out").keys.sorted() == [
        "a-grey.png", "c-pixel.png", "d-deep.png", "e-rgba.png", "f-colour.png",
      ])
    func read(_ name: String) throws -> PNGImage { try PNGImage.read(from: place.file(name)) }
    #expect(try read("out/a-grey.png").pixels.shape == [9, 14])
    #expect(try read("out/c-pixel.png").pixels.shape == [1, 1])
    #expect(try read("out/d-deep.png").depth == .sixteen)
    #expect(try read("out/a-grey.png").depth == .eight)
    let (rgba, restored) = (try read("in/e-rgba.png"), try read("out/e-rgba.png"))
    #expect(restored.pixels.shape == [7, 9, 4] && restored.opacity == rgba.opacity)
    let isWorkedOn = restored.planes != rgba.planes
    #expect(isWorkedOn)
    let colour = try read("in/f-colour.png")
    for c in 0..<3 {
      let plane = try colour.planes.reshaped(to: [3, 63]).rows(c..<c + 1).reshaped(to: [7, 9])
      try Self.write(PNGImage(plane), "plane\(c)/p.png", in: place)
      _ = try Tool.run(["restore", "run", "plane\(c)", "-o", "own\(c)"], in: place)
      let alone = try read("own\(c)/p.png").planes.scalars
      let together = try read("out/f-colour.png").planes.scalars[(c * 63)..<(c + 1) * 63]
      #expect(alone == Array(together))
    }
  }

  @Test("Nothing is overwritten unless asked, and never the picture itself")
  func overwriting() throws {
    let place = try Self.trained()
    try Tool.expectComplaint(
      ["restore", "run", "pictures/0.png", "-o", "pictures", "--force"], in: place,
      saying: ["pictures/0.png", "another --output"], linesMore: 1)
    try place.write("mine", to: "out/0.png")
    try Tool.expectComplaint(
      ["restore", "run", "pictures/0.png", "-o", "out"], in: place,
      saying: ["out/0.png", "--force"], linesMore: 1)
    let forced = try Tool.run(["restore", "run", "pictures/0.png", "-o", "out", "--force"], in: place)
    #expect(forced.status == 0)
    #expect(try PNGImage.read(from: place.file("out/0.png")).pixels.shape == [10, 12])
    try Self.write(Self.picture(5, 5), "more/1.png", in: place)
    let twice = try Tool.run(
      ["restore", "run", "pictures/1.png", "more/1.png", "-o", "both"], in: place)
    #expect(twice.status == 1 && twice.complaint.contains("another picture of this name"))
    #expect(try PNGImage.read(from: place.file("both/1.png")).pixels.shape == [11, 12])
  }

  @Test("With a reference the figures of input and result are printed, and their means")
  func figures() throws {
    let place = try Self.trained()
    let degraded = try Tool.run(
      ["degrade", "pictures", "--noise", "0.1", "-o", "noisy", "--depth", "16"], in: place)
    #expect(degraded.status == 0)
    let outcome = try Tool.run(
      ["restore", "run", "noisy", "-o", "clean", "--reference", "pictures"], in: place)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 7 && lines[5].hasPrefix("mean") && lines[6].contains("data range 1"))
    let clean = try PNGImage.read(from: place.file("pictures/2.png")).pixels
    let noisy = try PNGImage.read(from: place.file("noisy/2.png")).pixels
    let square = zip(clean.scalars, noisy.scalars).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }
    let ratio = String(format: "%.2f", -10 * log10(square / Double(clean.count)))
    #expect(lines[3].contains(ratio), "\(lines[3]) without \(ratio)")

    let missing = try Tool.run(
      ["restore", "run", "noisy", "-o", "again", "--reference", "noisy/2.png"], in: place)
    #expect(missing.status == 1 && missing.complaint.contains("the reference has shape"))
    #expect(try place.contents(of: "again").count == 4)
  }

  @Test("Degrading is a function of seed, operator and order")
  func degrade() throws {
    let place = try Self.trained()
    func make(_ output: String, _ arguments: [String]) throws {
      let outcome = try Tool.run(["degrade", "pictures", "-o", output] + arguments, in: place)
      #expect(outcome.status == 0, "\(outcome.complaint)")
    }
    let mask = ["--operator", "{name: mask, known: 0.5}", "--noise", "0.05"]
    try make("a", mask)
    try make("b", mask + ["--threads", "3"])
    try make("c", mask + ["--seed", "2"])
    #expect(try place.contents(of: "a") == place.contents(of: "b"))
    #expect(try !place.same("a/0.png", "c/0.png") && !place.same("a/masks/0.png", "c/masks/0.png"))
    let known = try PixelMask.read(place.file("a/masks/0.png"))
    let holes = try PNGImage.read(from: place.file("a/0.png")).pixels.scalars
    #expect(zip(known, holes).allSatisfy { $0 || $1 == 0 })
    #expect(known.contains(true) && known.contains(false))
    try make("small", ["--operator", "{name: downsample, factor: 2}"])
    #expect(try PNGImage.read(from: place.file("small/1.png")).pixels.shape == [5, 6])
    let restored = try Tool.run(
      [
        "restore", "--method", "tv", "--noise", "0.05", "--operator", "{name: mask, known: 0.5}",
        "--mask", "a/masks", "a", "-o", "filled", "--reference", "pictures",
      ], in: place)
    #expect(restored.status == 0, "\(restored.complaint)")
    let larger = try Tool.run(
      [
        "restore", "--method", "tv", "--noise", "0.01", "--operator",
        "{name: downsample, factor: 2}", "small/1.png", "-o", "large",
      ], in: place)
    #expect(larger.status == 0, "\(larger.complaint)")
    #expect(try PNGImage.read(from: place.file("large/1.png")).pixels.shape == [10, 12])
  }

  private static let complaints: [(arguments: [String], status: Int32, words: [String])] = [
    (["restore", "run", "-o", "out"], 64, ["name a model and at least one picture"]),
    (["restore", "nowhere", "pictures", "-o", "out"], 1, ["nowhere", "--recipe"]),
    (["restore", "pictures", "pictures", "-o", "out"], 1, ["pictures"]),
    (["restore", "run", "pictures", "-o", "out", "--operator", "blr"], 1, ["blr", "not known"]),
    (["restore", "run", "pictures", "-o", "out", "--noise=-1"], 64, ["--noise"]),
    (["restore", "--method", "tv", "pictures", "-o", "out"], 1, ["--noise"]),
    (["restore", "--method", "median", "pictures", "-o", "out"], 64, ["median"]),
    (["restore", "run", "pictures", "-o", "out", "--weight", "1"], 64, ["--method"]),
    (["restore", "run", "pictures", "-o", "out", "--tile", "1"], 64, ["--tile"]),
    (["degrade", "pictures", "-o", "out", "--depth", "12"], 64, ["--depth"]),
    (["degrade", "pictures", "-o", "out", "--operator", "{name: blur}"], 1, ["size"]),
  ]

  @Test("What is wrong with a command is said in one line")
  func complaints() throws {
    let place = try Self.trained()
    for (arguments, status, words) in Self.complaints {
      try Tool.expectComplaint(arguments, in: place, status: status, saying: words)
    }
    for (arguments, words) in [
      (["restore", "run", "missing.png", "-o", "out"], ["missing.png"]),
      (["restore", "run", "pictures/0.png", "-o", "tiny.yaml"], ["--output"]),
      (
        ["restore", "run", "pictures/0.png", "-o", "out", "--operator", "{name: mask, known: 1}"],
        ["pictures/0.png", "--mask"]
      ),
      (
        [
          "restore", "run", "pictures/0.png", "-o", "out", "--operator",
          "{name: blur, size: 15, deviation: 3}",
        ], ["pictures/0.png", "15 x 15"]
      ),
    ] {
      try Tool.expectComplaint(
        arguments, in: place, saying: words, leaving: "out", linesMore: 1)
    }
  }

  @Test("Weights in a file of their own are used with their recipe")
  func weights() throws {
    let place = try Self.trained()
    let first = try Tool.run(["restore", "run", "pictures", "-o", "a"], in: place)
    let second = try Tool.run(
      ["restore", "run/best.safetensors", "pictures", "-o", "b", "--recipe", "tiny.yaml"],
      in: place)
    #expect(first.status == 0 && second.status == 0, "\(second.complaint)")
    #expect(try place.contents(of: "a") == place.contents(of: "b"))
    try Tool.expectComplaint(
      [
        "restore", "run/best.safetensors", "pictures", "-o", "c", "--recipe", "quickstart",
      ], in: place, saying: ["best.safetensors"])
  }
}

extension PixelMask {
  /// Which pixels of a file are white.
  fileprivate static func read(_ url: URL) throws -> [Bool] {
    try PNGImage.read(from: url).pixels.scalars.map { $0 > 0.5 }
  }
}
