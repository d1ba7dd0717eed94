import Foundation
import Interchange
import Tensors
import Testing

/// What the commands print, word for word.
@Suite struct CommandTests {
  private func output(_ arguments: [String], in place: Workplace) throws -> String {
    let outcome = try Tool.run(arguments, in: place)
    #expect(outcome.status == 0 && outcome.complaint.isEmpty, "\(outcome.complaint)")
    return outcome.output
  }

  @Test("--version prints the version, --help the commands and every exit status")
  func help() throws {
    let place = try Workplace()
    #expect(try output(["--version"], in: place).wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
    let help = try output(["--help"], in: place)
    #expect(
      help.hasPrefix(
        """
        OVERVIEW: Trains and inverts neural networks without back-propagation through
        activations.

        Start with: lifted compare quickstart

        Exit status: 0 done, 1 a file, recipe or folder is at fault, 2 training
        diverged, 64 wrong usage, 130, 143 or 75 interrupted, 75 by SIGUSR1 or with
        several ranks (the run folder holds a checkpoint; go on with lifted resume).

        USAGE: lifted <subcommand>

        """))
    for command in [
      "train", "resume", "compare", "evaluate", "report", "recipes", "check", "inspect",
    ] {
      #expect(help.contains("\n  \(command) "), "\(command) is not listed")
      #expect(try output([command, "--help"], in: place).contains("USAGE: lifted \(command)"))
    }
  }

  @Test("inspect lists the arrays of every kind of file")
  func inspect() throws {
    let place = try Workplace()
    let real = try Tensor<Float>(shape: [2, 2], scalars: [-1.5, 0, 2, .nan])
    let bytes = try IntegerTensor<UInt8>(shape: [1, 3], scalars: [7, 0, 255])
    try Safetensors(entries: [NamedTensor("a", .float32(real)), NamedTensor("b", .uint8(bytes))])
      .write(to: place.file("f.safetensors"))
    try NPYFile(.float64(Tensor(shape: [0]))).write(to: place.file("f.npy"))
    try NPZFile([NamedTensor("x", .int64(IntegerTensor([-3, 4])))]).write(to: place.file("f.npz"))
    try IDXFile(.uint8(bytes)).write(to: place.file("f-idx2-ubyte"))
    try PNGImage(try Tensor(shape: [1, 2], scalars: [0, 1])).write(to: place.file("f.png"))
    #expect(
      try output(["inspect", "f.safetensors"], in: place) == """
        name   shape     type  least  most  finite
        a     [2, 2]  float32   -1.5     2  3 of 4
        b     [1, 3]    uint8      0   255     all

        """)
    #expect(
      try output(["inspect", "f.npy"], in: place) == """
        name  shape     type  least  most  finite
        f       [0]  float64      -     -   empty

        """)
    #expect(
      try output(["inspect", "f.npz"], in: place) == """
        name  shape   type  least  most  finite
        x       [2]  int64     -3     4     all

        """)
    #expect(
      try output(["inspect", "f-idx2-ubyte"], in: place) == """
        name           shape   type  least  most  finite
        f-idx2-ubyte  [1, 3]  uint8      0   255     all

        """)
    #expect(try output(["inspect", "f.png"], in: place).contains("float32      0     1     all"))
  }

  @Test("Trained weights have the names and shapes that torch.nn.Sequential loads")
  func pyTorchNames() throws {
    let place = try Workplace.finished()
    for weights in ["last", "best"] {
      let rows = try output(["inspect", "run/\(weights).safetensors"], in: place)
        .split(separator: "\n").dropFirst().map {
          $0.split(separator: " ", omittingEmptySubsequences: true)
        }
      #expect(rows.map { $0[0] } == ["0.weight", "0.bias", "2.weight", "2.bias"])
    }
    let file = try Safetensors.read(from: place.file("run/last.safetensors"))
    #expect(file.entries.map(\.tensor.shape) == [[5, 16], [5], [4, 5], [4]])
    #expect(file.metadata["format"] == "pt")
    for entry in file.entries {
      guard case .float32 = entry.tensor else {
        Issue.record("\(entry.name) is no float32")
        continue
      }
    }
  }

  @Test("inspect on a run folder prints its figures as train did")
  func inspectRun() throws {
    let place = try Workplace.tiny()
    let trained = try Tool.run(["train", "tiny.yaml", "--folder", "run"], in: place)
    #expect(trained.status == 0)
    #expect(trained.complaint.hasPrefix("tiny: lifted, centred contrast; Adam\n"))
    let table = try output(["inspect", "run"], in: place)
    #expect(trained.output == table + "all iterations done; report: run/report.html\n")
  }

  @Test("The table's header is made of words")
  func header() throws {
    let place = try Workplace.finished()
    let header = try output(["inspect", "run"], in: place).prefix { $0 != "\n" }
    #expect(header.contains("test accuracy  test best accuracy  test loss"))
    #expect(!header.contains("_"))
  }

  @Test(
    "evaluate on more or fewer test samples than the recipe asks for takes those that there are")
  func otherData() throws {
    let place = try Workplace.tiny()
    let limits = ["data.trainingSamples=40", "data.testSamples=15"].flatMap { ["--set", $0] }
    _ = try output(["train", "tiny.yaml", "--folder", "run"] + ["-q"] + limits, in: place)
    #expect(try output(["evaluate", "run", "--json"], in: place).hasPrefix(#"{"samples": 15,"#))
    for count in [9, 33] {
      try place.writeIDX("other", train: 30, test: count)
      let json = try output(["evaluate", "run", "--json", "--data", "other"], in: place)
      #expect(json.hasPrefix(#"{"samples": \#(count),"#))
    }
  }

  @Test("A figure that is no number is null in JSON")
  func noNumber() throws {
    let place = try Workplace.finished()
    let file = place.file("run/last.safetensors")
    let weights = try Safetensors.read(from: file)
    let huge = try weights.entries.map { entry in
      let shape = entry.tensor.shape
      let numbers = [Float](repeating: 3e38, count: entry.tensor.count)
      return NamedTensor(entry.name, .float32(try Tensor(shape: shape, scalars: numbers)))
    }
    try Safetensors(entries: huge, metadata: weights.metadata).write(to: file)
    let json = try output(["evaluate", "run", "--json"], in: place)
    #expect(json.contains(#""loss": null"#))
    #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
    #expect(try output(["evaluate", "run"], in: place).contains("nan"))
  }

  @Test("Without --folder runs are numbered beside one another")
  func defaultFolders() throws {
    let place = try Workplace.tiny()
    for _ in 0..<2 { _ = try Tool.run(["train", "tiny.yaml", "-q"], in: place) }
    _ = try Tool.run(
      ["train", "tiny.yaml", "-q", "--method", "back-propagation", "--seed", "7"], in: place)
    for run in ["tiny-lifted-s1", "tiny-lifted-s1-2", "tiny-back-propagation-s7"] {
      #expect(place.exists("runs/\(run)/summary.json"), "\(run)")
    }
  }

  @Test("Each built-in recipe is listed, printed and, resolved, prints itself again")
  func recipes() throws {
    let place = try Workplace()
    let list = try output(["recipes"], in: place).split(separator: "\n")
    let names = list.filter { !$0.hasPrefix(" ") }.map(String.init)
    #expect(names.count >= 5 && list.count == 3 * names.count)
    for name in names {
      try place.write(try output(["recipes", name], in: place), to: "\(name).yaml")
      let resolved = try output(["check", "\(name).yaml", "--resolved"], in: place)
      try place.write(resolved, to: "resolved.yaml")
      #expect(
        try output(["check", "resolved.yaml", "--resolved"], in: place) == resolved, "\(name)")
      #expect(try output(["check", name, "--resolved"], in: place) == resolved, "\(name)")
    }
    let checked = try output(["check", "quickstart"], in: place)
    #expect(
      checked == """
        lifted: lifted, centred contrast; Adam; 20998 parameters
        back-propagation: back-propagated errors; Adam; 20998 parameters
        4000 samples to train on, 500 to validate, 1000 to test; the recipe is in order

        """)
  }

  @Test("A run's own recipe runs it again to the same bytes")
  func sameAgain() throws {
    let place = try Workplace.finished()
    #expect(
      try Tool.run(["train", "run/recipe.yaml", "--folder", "again", "-q"], in: place).status == 0)
    for name in ["recipe.yaml", "last.safetensors", "history.csv"] {
      #expect(try place.same("run/\(name)", "again/\(name)"), "\(name) differs")
    }
  }
}
