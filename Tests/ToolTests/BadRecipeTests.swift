import Foundation
import Testing

/// A recipe that cannot be meant is refused in one line that names the key and the remedy.
@Suite struct BadRecipeTests {
  @Test(
    "A value that makes no sense is refused at its key, and no folder is made",
    arguments: [
      ("network[0].width=0", ["network[0].width", "0 is out of range", "between 1"]),
      ("network[0].width=-3", ["network[0].width", "-3"]),
      ("network[0].width=9223372036854775807", ["network[0].width", "out of range"]),
      ("network[0].width=99999999999999999999", ["network[0].width", "whole number"]),
      ("network[0].width=1.5", ["network[0].width", "whole number"]),
      ("network[0].width=wide", ["network[0].width", "whole number"]),
      (
        "network[1].width=3",
        ["data/train-labels-idx1-ubyte", "label 3 at index 3", "3 outputs", "last width 4"]
      ),
      ("data.task=reconstruction", ["network", "4 outputs", "16 numbers", "last width 16"]),
      ("network[0].activation=maxpool", ["no proximal map", "averagePooling or a stride"]),
      ("network[0]={maxPooling: 2}", ["network[0].maxPooling", "proximal map", "averagePooling"]),
      (
        "network[0]={convolution: 2, kernel: 99, activation: relu}",
        ["layer 1", "kernel of 99 x 99 does not fit", "smaller kernel"]
      ),
      (
        "network[1]={convolution: 2, kernel: 3, activation: softmax}",
        ["layer 2", "needs an image", "row of 5 numbers"]
      ),
      ("network[0]={kernel: 3, activation: relu}", ["network[0]", "exactly one", "convolution"]),
      (
        "network[0]={convolution: 2, kernel: 0, activation: relu}",
        ["network[0].kernel", "between 1"]
      ),
      (
        "network[0]={convolution: 2, kernel: [1], activation: relu}",
        ["network[0].kernel", "[height"]
      ),
      (
        "network[0]={convolution: 3, kernel: 3, groups: 2, activation: relu}",
        ["layer 1", "divide into 2 groups"]
      ),
      (
        "network[0]={batchNormalisation: true, epsilon: 0, activation: relu}",
        ["network[0]", "epsilon is 0", "greater than 0"]
      ),
      (
        "network[0]={batchNormalisation: false, activation: relu}",
        ["network[0].batchNormalisation", "leave the layer out"]
      ),
      ("network[0]={convolution: 2, kernl: 3, activation: relu}", ["network[0]"]),
      ("network[0].activation=gelu", ["network[0].activation", "no proximal map", "smoothReLU"]),
      ("network[0].activation=rleu", ["network[0].activation", "did you mean 'relu'?"]),
      ("network[0].activation=softThreshold", ["network[0].activation", "parameter"]),
      ("network[0].activation={name: softThreshold, alpha: -1}", ["activation", "alpha"]),
      ("network[0].activation={name: softThreshold, alpa: 1}", ["activation", "alpha"]),
      (
        "network[0].activation={name: groupSoftThreshold, alpha: 1, groupSize: 0}",
        ["activation", "groupSize"]
      ),
      (
        "network[0].activation={name: groupSoftThreshold, alpha: 1, groupSize: 2}",
        ["5 outputs", "groups of 2", "multiple"]
      ),
      ("network[0].l1=-1", ["network[0]", "alpha"]),
      ("network[0].froze=true", ["network[0].froze", "did you mean 'frozen'?"]),
      ("network[1].l1=0.1", ["network", "leave out its l1"]),
      ("network=[]", ["network", "at least one layer"]),
      ("network=3", ["network"]),
      ("methods[0].update.stepSize=-1", ["methods[0].update", "stepSize is -1", "greater than 0"]),
      ("methods[0].update.stepSize=0", ["methods[0].update", "stepSize"]),
      ("methods[0].update.stepSize=.nan", ["methods[0].update", "stepSize"]),
      ("methods[0].update.stepSize=.inf", ["methods[0].update", "stepSize"]),
      ("methods[0].update.stepSize=fast", ["methods[0].update.stepSize", "a number"]),
      ("methods[0].update.stpSize=1", ["methods[0].update.stpSize", "did you mean 'stepSize'?"]),
      ("methods[0].update.rule=adma", ["methods[0].update.rule", "did you mean 'adam'?"]),
      ("methods[0].update={rule: implicit}", ["methods[0].update.tau", "missing"]),
      ("methods[0].update={rule: implicit, tau: 1, relaxation: 2}", ["relaxation", "between"]),
      ("methods[0].updates=[{rule: adam}]", ["methods[0].update", "either update"]),
      ("methods[0].signal=mirorr", ["methods[0].signal", "did you mean 'mirror'?"]),
      ("methods[0].nudge=0", ["methods[0].nudge", "greater than 0, or auto"]),
      ("methods[0].nudge=ato", ["methods[0].nudge", "auto"]),
      ("methods[0].rescue={strength: -1}", ["methods[0].rescue", "strength"]),
      ("methods[0].rescue={strenght: 1}", ["methods[0].rescue", "did you mean 'strength'?"]),
      ("methods[1].nudge=2", ["methods[1].nudge", "no nudge", "leave this key out"]),
      ("methods[1].rescue={strength: 5}", ["methods[1].rescue", "no nudge", "another signal"]),
      ("methods[0].weightDecay=-1", ["methods[0]", "decay"]),
      ("methods[0].weightRadius=0", ["methods[0]", "radius"]),
      ("methods[1].name=lifted", ["methods", "same name"]),
      ("methods=[]", ["methods", "at least one method"]),
      ("methods=[{name: i, kind: implicitStochasticGradient, tau: -1}]", ["methods[0]", "tau"]),
      ("methods[0].update={rule: covariance}", ["methods[0].update.stepSize", "missing"]),
      (
        "methods[0].update={rule: covariance, stepSize: 1, refresh: 0}",
        ["methods[0].update.refresh", "between 1"]
      ),
      (
        "methods=[{name: c, kind: contrastive, gamma: 2, update: {rule: adam}}]",
        ["methods[0]", "gamma", "between"]
      ),
      ("methods=[{name: f, kind: finiteSum}]", ["methods[0].stepSize", "missing"]),
      ("methods=[{name: f, kind: finiteSum, stepSize: -1}]", ["methods[0]", "stepSize is -1"]),
      (
        "methods=[{name: f, kind: finiteSum, stepSize: 1, rule: sag}]",
        ["methods[0].rule", "did you mean 'saga'?"]
      ),
      ("methods=[{name: c, kind: contrastive}]", ["methods[0].update", "either update"]),
      (
        "methods=[{name: i, kind: implicitStochasticGradient, tau: 1, rounds: 0}]",
        ["methods[0].rounds", "between 1"]
      ),
      ("training.epochs=0", ["training.epochs", "0 is out of range"]),
      ("training.epochs=9223372036854775807", ["training.epochs", "out of range"]),
      ("training.epoch=3", ["training.epoch", "did you mean 'epochs'?"]),
      ("training.batchSize=0", ["training.batchSize", "out of range"]),
      ("training.batchSize=9223372036854775807", ["training.batchSize", "out of range"]),
      ("training.schedule=cosin", ["training.schedule", "did you mean 'cosine'?"]),
      ("training.initialisation=lecun2", ["training.initialisation", "did you mean 'leCun'?"]),
      ("training.patience=0", ["training", "patience"]),
      ("training.maximumSeconds=-1", ["training", "maximumSeconds"]),
      ("trainig.epochs=3", ["trainig", "did you mean 'training'?"]),
      ("data.source=mnist", ["data.source", "'mnist' is not known"]),
      ("data.noise=-0.1", ["data.noise", "out of range"]),
      ("data.noise=.inf", ["data.noise", "out of range"]),
      ("data.validationSamples=60", ["data.validationSamples", "60 are asked for, 59 of the 60"]),
      ("data.trainingSamples=51", ["trainingSamples", "51 are asked for, 50 are left"]),
      ("data.testSamples=21", ["data.testSamples", "21 are asked for, 20 test samples"]),
      ("data.testSamples=0", ["data.testSamples", "out of range"]),
      ("seed=-1", ["seed", "whole number"]),
      ("data={source: shapes, trainingSamples: 9223372036854775807}", ["data.trainingSamples"]),
      ("data={source: shapes, testSamples: 2000000}", ["data.testSamples", "1000000"]),
      ("data={source: idx}", ["data.folder", "missing"]),
      ("name={a: 1}", ["name"]),
      ("colour=\"a\\nb\"", ["colour", "unknown key"]),
      ("data.source=\"a\\nb\\e[31m\"", ["data.source", "not known"]),
    ])
  func values(_ setting: String, _ words: [String]) throws {
    let place = try Workplace.tiny()
    try Tool.expectComplaint(
      ["train", "tiny.yaml", "--folder", "run", "-q", "--set", setting], in: place,
      saying: words)
  }

  @Test("A network of more parameters than memory can hold is refused before it is made")
  func hugeNetwork() throws {
    let place = try Workplace.tiny()
    let layer = "{width: 1000000, activation: relu}"
    try Tool.expectComplaint(
      ["check", "tiny.yaml", "--set", "network=[\(layer), \(layer)]"], in: place,
      saying: ["network", "parameters", "narrower"])
  }

  @Test(
    "A setting that is no key.path=value says how to write one",
    arguments: [
      ("epochs", ["--set epochs", "write key.path=value"]), ("=3", ["write key.path=value"]),
      ("name=[1", ["not YAML"]), ("name.x=1", ["'x' leads into a value that has no keys"]),
      ("methods[9].name=a", ["no item '9'", "from 0 to 1"]),
      ("methods[-1].name=a", ["no item '-1'"]), ("methods[x].name=a", ["no item 'x'"]),
    ])
  func settings(_ setting: String, _ words: [String]) throws {
    try Tool.expectComplaint(
      ["check", "tiny.yaml", "--set", setting], in: try .tiny(), saying: words)
  }

  /// Eleven levels of nine aliases each: ten thousand million items if they were written out.
  private static var aliasBomb: String {
    (1..<11).reduce("a0: &a0 [x, x, x, x, x, x, x, x, x]\n") { text, level in
      let nine = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      return text + "a\(level): &a\(level) [\(nine)]\n"
    } + "name: *a10\n"
  }

  private static let texts: [(String, [UInt8], [String])] = [
    ("empty", [], ["the file is empty"]),
    ("blank", Array("# nothing\n".utf8), ["the file is empty"]),
    ("binary", (0...255).map { UInt8($0) }, ["no text file"]),
    ("open bracket", Array("name: [1\nseed: 2\n".utf8), ["2:", "parser"]),
    ("tabs", Array("data:\n\tsource: idx\n".utf8), ["2:"]),
    ("a text", Array("hello\n".utf8), ["a group of keys"]),
    ("a list", Array("- a\n- b\n".utf8), ["a group of keys"]),
    ("twice the same key", Array("name: a\nname: b\n".utf8), ["'name'"]),
    ("a name of nothing", Array("name: *nobody\n".utf8), ["alias"]),
    ("within itself", Array("name: &a [*a]\n".utf8), ["alias"]),
    ("too large", Array("# ".utf8) + Array(repeating: 120, count: 2 << 20), ["1 MiB"]),
    ("deep", Array(repeating: 91, count: 500_000), ["nesting"]),
    ("long line", Array("name: [".utf8) + Array(repeating: 120, count: 500_000), ["parser"]),
    ("alias bomb", Array(aliasBomb.utf8), ["bad.yaml"]),
  ]

  @Test("A file that is no recipe is refused in one line", arguments: texts.indices)
  func noRecipe(_ index: Int) throws {
    let (_, bytes, words) = Self.texts[index]
    let place = try Workplace()
    try place.write(bytes, to: "bad.yaml")
    try Tool.expectComplaint(["check", "bad.yaml"], in: place, saying: ["bad.yaml"] + words)
  }

  @Test("A recipe that is not there, or a folder, is answered with the list of recipes")
  func missing() throws {
    let place = try Workplace.tiny()
    for name in ["nosuch.yaml", "data", "/dev/zero"] {
      for command in ["train", "check", "compare"] {
        try Tool.expectComplaint([command, name], in: place, saying: [name, "quickstart"])
      }
    }
    try Tool.expectComplaint(["recipes", "nosuch"], in: place, saying: ["nosuch", "quickstart"])
  }

  @Test("An unknown method is answered with the methods there are")
  func methods() throws {
    let place = try Workplace.tiny()
    for arguments in [
      ["train", "tiny.yaml", "--method", "lifte"], ["compare", "tiny.yaml", "--methods", "lifte"],
    ] {
      try Tool.expectComplaint(arguments, in: place, saying: ["'lifte'", "back-propagation"])
    }
  }

  @Test(
    "Wrong usage ends with status 64, one line, and where to read on",
    arguments: [
      ["frobnicate"], ["train"], ["train", "tiny.yaml", "--threads", "0"],
      ["train", "tiny.yaml", "--threads", "-1"], ["train", "tiny.yaml", "--threads", "1025"],
      ["train", "tiny.yaml", "--threads", "two"], ["train", "tiny.yaml", "--bogus"],
      ["train", "tiny.yaml", "--seed", "-1"], ["train", "tiny.yaml", "--seed", "1.5"],
      ["train", "tiny.yaml", "--set"], ["compare"], ["report"], ["report", "a", "b"], ["inspect"],
      ["evaluate", "run", "--weights", "worst"], ["resume"], ["resume", "a", "b"],
    ])
  func usage(_ arguments: [String]) throws {
    try Tool.expectComplaint(
      arguments, in: try .tiny(), status: 64, saying: ["See 'lifted", "--help'"])
  }
}
