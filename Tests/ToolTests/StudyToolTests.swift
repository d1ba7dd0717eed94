import Foundation
import Testing

/// Studies on the command line.
@Suite struct StudyToolTests {
  /// The example that comes with the package.
  private static let example = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("studies/quickstart.yaml").path

  private static let study = """
    name: small
    seeds: [1, 2]
    budget: {epochs: 2}
    controls: [backPropagatedErrors, frozenHiddenLayers]
    tasks:
      - {recipe: tiny.yaml, methods: [lifted]}

    """

  private func workplace() throws -> Workplace {
    let place = try Workplace.tiny()
    try place.write(Self.study, to: "small.yaml")
    return place
  }

  @Test("The example study is in order, and runs from end to end with fewer samples and seeds")
  func example() throws {
    let place = try Workplace()
    let check = try Tool.run(["check", Self.example], in: place)
    #expect(check.status == 0, "\(check.complaint)")
    #expect(check.output.contains("lifted.frozen") && check.output.hasSuffix("21 runs\n"))
    #expect(
      check.output.contains("\nquickstart: no lifted.bp: back-propagation is the same training\n"))
    let outcome = try Tool.run(
      [
        "compare", Self.example, "-q", "--set", "seeds=[1, 2]", "--set", "budget.epochs=1",
        "--set", "tasks[0].set=[data.trainingSamples=100]",
        "--set", "tasks[1].set=[data.trainingSamples=100]",
      ], in: place)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    let folder = "runs/quickstart-study"
    #expect(outcome.output.hasSuffix("report: \(folder)/report.html\n"))
    let page = try text(place.file("\(folder)/report.html"))
    for word in ["quickstart", "denoising", "lifted.bp", "Who wins where", "controls: ["] {
      #expect(page.contains(word), "\(word)")
    }
    #expect(!page.contains("http://") && !page.contains("https://"))
    let lines = try text(place.file("\(folder)/comparison.csv")).split(separator: "\n")
    #expect(lines.count == 1 + 2 * 7)
  }

  @Test("Every method, control and seed of a study is run once; a new seed leaves the others alone")
  func extended() throws {
    let place = try workplace()
    let arguments = ["compare", "small.yaml", "--folder", "out"]
    let first = try Tool.run(arguments + ["-q"], in: place)
    #expect(first.status == 0, "\(first.complaint)")
    for method in ["lifted", "lifted.bp", "lifted.frozen"] {
      #expect(place.exists("out/tiny-\(method)-s1/summary.json"))
    }
    let second = try Tool.run(arguments + ["--seeds", "2", "3"], in: place)
    #expect(second.status == 0)
    #expect(second.complaint.components(separatedBy: "-s2: done before\n").count == 4)
    #expect(second.complaint.contains("tiny-lifted-s3: lifted, centred contrast; Adam\n"))
  }

  @Test("A failing run is a row with its reason, the study goes on, and the status is 2")
  func failing() throws {
    let place = try workplace()
    // Without a rectifier that can die, and without decay, such steps overflow for certain.
    let wild =
      "tasks[0].set=['network[0].activation=identity', 'methods[0].weightDecay=0', "
      + "'methods[0].update={rule: gradient, stepSize: 1.0e+37}']"
    let arguments = [
      "compare", "small.yaml", "-q", "--folder", "out", "--set", wild, "--set",
      "tasks[0].methods=[lifted, back-propagation]",
    ]
    for more in [[], [], ["--retry"]] {
      let outcome = try Tool.run(arguments + more, in: place)
      #expect(outcome.status == 2 && outcome.signal == nil, "\(outcome.complaint)")
      #expect(outcome.output.contains("tiny-lifted-s1 failed: diverged in epoch 1"))
      #expect(outcome.output.hasSuffix("report: out/report.html\n"))
    }
    let quiet = arguments.filter { $0 != "-q" }
    let before = try Tool.run(quiet, in: place).complaint
    #expect(before.contains("tiny-lifted-s1: failed before: diverged in epoch 1"))
    let again = try Tool.run(quiet + ["--retry"], in: place).complaint
    #expect(again.contains("tiny-lifted-s1: lifted, centred contrast"))
    #expect(again.contains("tiny-back-propagation-s1: done before"))
    let lines = try text(place.file("out/comparison.csv")).split(separator: "\n")
    func rows(_ method: String) -> [Substring] { lines.filter { $0.hasPrefix("tiny,\(method),") } }
    #expect(rows("lifted").count { $0.contains(",notFinite,\"diverged in epoch 1") } == 2)
    #expect(rows("back-propagation").count { $0.hasSuffix(",maximumIterations,") } == 2)
    #expect(try text(place.file("out/report.html")).contains("Failed runs"))
  }

  @Test("Killed again and again at its very start, a comparison goes on to the same weights")
  func killed() throws {
    let place = try workplace()
    let arguments = ["compare", "small.yaml", "-q", "--folder"]
    #expect(try Tool.run(arguments + ["whole"], in: place).status == 0)
    for _ in 0..<20 {
      let running = try Running(arguments + ["out"], in: place)
      while running.isRunning, !place.exists("out/tiny-lifted-s1") { usleep(100) }
      usleep(UInt32.random(in: 0...4000))
      running.send(SIGKILL)
      _ = try running.wait()
    }
    let last = try Tool.run(arguments + ["out"], in: place)
    #expect(last.status == 0, "\(last.complaint)")
    for name in ["tiny-lifted-s1", "tiny-lifted.bp-s2"] {
      #expect(
        try place.same("whole/\(name)/last.safetensors", "out/\(name)/last.safetensors"))
    }
  }

  @Test("What is wrong with a study is one line, by check and by compare")
  func refused() throws {
    let place = try workplace()
    try place.write("name: s\ntasks: [{recipe: tiny.yaml, metods: [lifted]}]\n", to: "bad.yaml")
    for command in ["check", "compare"] {
      try Tool.expectComplaint(
        [command, "bad.yaml"], in: place, saying: ["bad.yaml", "tasks[0].metods", "'methods'"])
    }
    try Tool.expectComplaint(
      ["compare", "tiny.yaml", "small.yaml"], in: place, saying: ["small.yaml", "by itself"])
    try Tool.expectComplaint(
      ["compare", "tiny.yaml", "tiny.yaml"], in: place, saying: ["two tasks are named 'tiny'"])
    try Tool.expectComplaint(
      ["compare", "small.yaml", "--set", "tasks[0].set=['network[1].width=3']"], in: place,
      saying: ["label", "width"])
  }
}
