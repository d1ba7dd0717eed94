import Foundation
import Interchange
import Tensors
import Testing

/// Run folders and weight files that cannot be trusted, and disks that do not take what is written.
@Suite struct BadFileTests {
  private static func safetensors(_ header: String, _ data: [UInt8] = [0, 0, 0, 0]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + header.utf8 + data
  }

  private static func length(_ length: UInt64) -> [UInt8] {
    withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array("{}".utf8)
  }

  private static func tensor(_ shape: String, _ offsets: String) -> String {
    #"{"dtype":"F32","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  private static let hostile: [(name: String, bytes: [UInt8])] = [
    ("empty", []),
    ("cut off", [1, 0, 0]),
    ("a header of 2^63 - 1 bytes", length(.max >> 1)),
    ("a header of 2^64 - 1 bytes", length(.max)),
    ("a header that is no JSON", safetensors("[[[[[[")),
    ("a header nested 100 000 deep", safetensors(String(repeating: #"{"a":"#, count: 100_000))),
    ("fewer bytes than promised", safetensors(#"{"0.weight":\#(tensor("[2]", "[0,8]"))}"#)),
    (
      "overlapping tensors",
      safetensors(
        #"{"a":\#(tensor("[1]", "[0,4]")),"b":\#(tensor("[1]", "[2,6]"))}"#, [0, 0, 0, 0, 0, 0])
    ),
    ("a negative shape", safetensors(#"{"a":\#(tensor("[-1]", "[0,4]"))}"#)),
    ("a negative offset", safetensors(#"{"a":\#(tensor("[1]", "[-4,0]"))}"#)),
    (
      "a shape of 2^64 elements",
      safetensors(#"{"a":\#(tensor("[4611686018427387904,4]", "[0,4]"))}"#)
    ),
    ("offsets the wrong way round", safetensors(#"{"a":\#(tensor("[1]", "[4,0]"))}"#)),
  ]

  @Test(
    "Hostile safetensors are refused by every command that reads them", arguments: hostile.indices)
  func hostileWeights(_ index: Int) throws {
    let place = try Workplace.finished()
    for name in ["last", "best", "state"] {
      try place.write(Self.hostile[index].bytes, to: "run/\(name).safetensors")
    }
    for arguments in [
      ["inspect", "run/last.safetensors"], ["evaluate", "run"],
      ["evaluate", "run", "--weights", "best"], ["resume", "run", "-q"],
    ] {
      let file = arguments[0] == "resume" ? "state" : arguments.count > 2 ? "best" : "last"
      try Tool.expectComplaint(arguments, in: place, saying: ["run/\(file).safetensors"])
    }
  }

  @Test("Weights of another network, or with a number that is not finite, are refused by name")
  func otherWeights() throws {
    let place = try Workplace.finished()
    let file = place.file("run/last.safetensors")
    let sound = try Safetensors.read(from: file)
    func write(_ change: (inout [NamedTensor]) throws -> Void) throws {
      var entries = sound.entries
      try change(&entries)
      try Safetensors(entries: entries).write(to: file)
    }
    func refused(_ words: [String]) throws {
      try Tool.expectComplaint(
        ["evaluate", "run"], in: place, saying: ["last.safetensors"] + words)
    }
    try write { $0.removeFirst() }
    try refused(["'0.weight' is missing"])
    try write { $0.append(NamedTensor("9.weight", .float32(Tensor(shape: [1])))) }
    try refused(["'9.weight' belongs to no layer"])
    try write { $0[1] = NamedTensor("0.bias", .float32(Tensor(shape: [6]))) }
    try refused(["'0.bias'", "[6]", "[5]"])
    try write {
      $0[1] = NamedTensor("0.bias", .float32(try Tensor(shape: [5], scalars: [0, 0, .nan, 0, 0])))
    }
    try refused(["not finite"])
  }

  @Test(
    "A checkpoint whose counters cannot be is refused, not trusted",
    arguments: [
      (#""samplesOfEpoch":0"#, #""samplesOfEpoch":1000000"#),
      (#""samplesOfEpoch":0"#, #""samplesOfEpoch":-8"#),
      (#""epoch":2"#, #""epoch":9223372036854775807"#), (#""step":14"#, #""step":-1"#),
      (#""nudge":1"#, #""nudge":-1"#), (#""layerSteps":[14,14]"#, #""layerSteps":[14]"#),
      (#""bestIteration":"#, #""bestIteration":-9"#), ("{", "[{"),
    ])
  func counters(_ old: String, _ new: String) throws {
    let place = try Workplace.finished()
    let file = place.file("run/state.safetensors")
    let sound = try Safetensors.read(from: file)
    let text = try #require(sound.metadata["lifted.state"])
    let range = try #require(text.range(of: old), "\(text)")
    try Safetensors(
      entries: sound.entries,
      metadata: ["lifted.state": text.replacingCharacters(in: range, with: new)]
    ).write(to: file)
    try Tool.expectComplaint(
      ["resume", "run", "-q"], in: place, saying: ["state.safetensors", "start the run anew"])
  }

  @Test("A folder that is no run is refused by every command on runs")
  func noRun() throws {
    let place = try Workplace.tiny()
    for folder in ["nowhere", "data", "tiny.yaml"] {
      for arguments in [["resume", folder], ["evaluate", folder], ["report", folder]] {
        let isModelToBe = arguments[0] == "evaluate" && folder.hasSuffix("yaml")
        let problem = isModelToBe ? "recipe for training" : "not a run folder"
        try Tool.expectComplaint(arguments, in: place, saying: [folder, problem])
      }
    }
    try Tool.expectComplaint(
      ["inspect", "nowhere"], in: place, saying: ["nowhere", "No such file"])
    try Tool.expectComplaint(
      ["inspect", "tiny.yaml"], in: place, saying: ["tiny.yaml", "recipe for training"])
  }

  @Test("A run folder that has lost or damaged a file says which")
  func damagedRun() throws {
    for (file, arguments) in [
      ("state.safetensors", ["resume", "run", "-q"]), ("last.safetensors", ["evaluate", "run"]),
      ("history.csv", ["report", "run"]), ("summary.json", ["inspect", "run"]),
      ("recipe.yaml", ["evaluate", "run"]),
    ] {
      let place = try Workplace.finished()
      for damage in [Array("nonsense".utf8), nil] as [[UInt8]?] {
        if let damage {
          try place.write(damage, to: "run/\(file)")
        } else {
          try FileManager.default.removeItem(at: place.file("run/\(file)"))
        }
        try Tool.expectComplaint(arguments, in: place, saying: [file])
      }
    }
  }

  @Test("A run folder that exists is never written to")
  func occupied() throws {
    let place = try Workplace.finished()
    try Tool.expectComplaint(
      ["train", "tiny.yaml", "--folder", "run"], in: place,
      saying: ["run exists", "choose another name", "lifted resume run"])
    try Tool.expectComplaint(
      ["train", "tiny.yaml", "--folder", "data"], in: place, saying: ["data exists"])
  }

  @Test("Where no folder can be made the run does not start")
  func noFolder() throws {
    let place = try Workplace.tiny()
    for folder in ["tiny.yaml/run", "/dev/null/run", "/proc/run"] {
      try Tool.expectComplaint(
        ["train", "tiny.yaml", "--folder", folder], in: place, saying: ["cannot create", folder])
    }
    try Tool.expectComplaint(
      ["report", "run", "--output", "tiny.yaml/page.html"], in: try .finished(),
      saying: ["page.html"])
  }

  @Test("A disk that is full ends the run in one line and leaves no half-written file")
  func fullDisk() throws {
    for blocks in [1, 2, 4, 8, 16, 40] {
      let place = try Workplace.tiny()
      try Tool.expectComplaint(
        ["train", "tiny.yaml", "--folder", "run", "-q", "--set", "network[0].width=100"], in: place,
        saying: ["run/", "File too large"], leaving: "run", fileLimit: blocks)
      for (name, data) in try place.contents(of: "run") where name.hasSuffix("safetensors") {
        #expect(throws: Never.self, "\(name)") {
          try Safetensors(bytes: [UInt8](data), name: name)
        }
      }
      let names = try place.contents(of: "run").keys
      #expect(!names.contains { $0.hasPrefix(".") }, "\(blocks): left behind \(names)")
    }
  }

  @Test("Even where no complaint can be written the run fails and does not crash")
  func speechless() throws {
    let outcome = try Tool.run(
      ["train", "tiny.yaml", "--folder", "run"], in: try .tiny(), fileLimit: 0)
    #expect(outcome.status == 1 && outcome.signal == nil)
  }

  @Test("A disk that fills up while a run goes on leaves its last checkpoint whole")
  func diskFillsUp() throws {
    let place = try Workplace.finished()
    let before = try place.contents(of: "run")
    let outcome = try Tool.run(["report", "run"], in: place, fileLimit: 1)
    #expect(outcome.status == 1)
    #expect(outcome.complaint.contains("report.html"))
    let isUnchanged = try place.contents(of: "run") == before
    #expect(isUnchanged)
  }

  @Test("Divergence ends with status 2 and a summary that says so")
  func divergence() throws {
    for update in [
      "{rule: gradient, stepSize: 1.0e+30}", "{rule: momentum, stepSize: 1.0e+20}",
      "{rule: adam, stepSize: 1.0e+30}",
    ] {
      let place = try Workplace.tiny()
      let outcome = try Tool.run(
        [
          "train", "tiny.yaml", "--folder", "run", "-q", "--set", "methods[0].update=\(update)",
        ], in: place)
      #expect(outcome.status == 2, "\(update): \(outcome.complaint)")
      #expect(try text(place.file("run/summary.json")).contains("not finite"), "\(update)")
      #expect(outcome.output.contains("it has diverged; use a smaller step"))
      let again = try Tool.run(["resume", "run", "-q"], in: place)
      #expect(again.status == 2, "\(update): \(again.complaint)")
    }
  }

  @Test("An implicit step on states that have overflowed counts as divergence, too")
  func implicitDivergence() throws {
    let layer = "{width: 40, activation: relu}"
    let outcome = try Tool.run(
      [
        "train", "quickstart", "--folder", "run", "-q", "--set", "data.task=reconstruction",
        "--set",
        "network=[\(layer), \(layer), \(layer), {width: 256, activation: identity}]", "--set",
        "methods[0].update={rule: implicit, tau: 1.0e+30}", "--set", "data.trainingSamples=300",
      ], in: try Workplace())
    #expect(outcome.status == 2, "\(outcome.complaint)")
  }
}
