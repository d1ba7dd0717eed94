import Foundation
import Testing

@testable import Runs

@Suite struct RunFolderTests {
  @Test func aFolderThatHoldsSomethingIsRefusedAndLeftAlone() throws {
    let scratch = try Scratch()
    let url = scratch.url.appendingPathComponent("a/b/run")
    let folder = try RunFolder.create(at: url)
    #expect(try RunFolder.create(at: url) == folder)
    try Data("seed: 1".utf8).write(to: folder.recipe)
    #expect(throws: RunFolderError.occupied(path: folder.path)) { try RunFolder.create(at: url) }
    #expect(try text(folder.recipe) == "seed: 1")
    #expect(try RunFolder.open(url) == folder)
  }

  @Test(
    "A folder left by a run that was stopped while it was made is taken over and cleared",
    arguments: [
      ["history.csv"], [".partial-1f"], ["state.safetensors", "last.safetensors", "timing.csv"],
      ["recipe.yaml", "history.jsonl", "events.out.tfevents.1.host.2"],
    ])
  func halfMade(_ names: [String]) throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    for name in names { try Data("x".utf8).write(to: folder.url.appendingPathComponent(name)) }
    #expect(folder.isHalfMade)
    #expect(try RunFolder.create(at: folder.url) == folder)
    try folder.clearHalfMade()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test(
    "A folder with a whole run, a recipe alone, or anybody else's file is not taken over",
    arguments: [
      ["recipe.yaml", "state.safetensors"], ["recipe.yaml"], ["history.csv", "notes.txt"],
      ["best.safetensors"],
    ])
  func notHalfMade(_ names: [String]) throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    for name in names { try Data("x".utf8).write(to: folder.url.appendingPathComponent(name)) }
    #expect(!folder.isHalfMade)
    #expect(throws: RunFolderError.occupied(path: folder.path)) { try folder.clearHalfMade() }
    #expect(throws: RunFolderError.occupied(path: folder.path)) {
      try RunFolder.create(at: folder.url)
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(left.sorted() == names.sorted())
  }

  @Test func aFileInTheWayIsRefused() throws {
    let scratch = try Scratch()
    let url = scratch.url.appendingPathComponent("file")
    try Data("x".utf8).write(to: url)
    #expect(throws: RunFolderError.occupied(path: url.relativePath)) {
      try RunFolder.create(at: url)
    }
    #expect(throws: RunFolderError.self) {
      try RunFolder.create(at: url.appendingPathComponent("in"))
    }
    #expect(try text(url) == "x")
  }

  @Test func namesAreMadeFromRecipeMethodAndSeedAndNumberedWhenTaken() throws {
    let scratch = try Scratch()
    let parent = scratch.url.appendingPathComponent("runs")
    let names = try (0..<3).map { _ in
      try RunFolder.create(in: parent, recipe: "fashion", method: "lifted adam", seed: 7)
        .url.lastPathComponent
    }
    #expect(
      names == ["fashion-lifted-adam-s7", "fashion-lifted-adam-s7-2", "fashion-lifted-adam-s7-3"])
    let hostile = try RunFolder.create(in: parent, recipe: "../../x", method: "/", seed: 0)
    #expect(hostile.url.lastPathComponent == "x-run-s0")
    #expect(hostile.url.deletingLastPathComponent().path == parent.path)
  }

  @Test func aFolderWithoutRecipeIsNoRun() throws {
    let scratch = try Scratch()
    #expect(throws: RunFolderError.notARun(path: scratch.url.relativePath)) {
      try RunFolder.open(scratch.url)
    }
  }

  @Test func theLockKeepsOthersOutUntilItIsGivenUp() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    var lock: RunLock? = try folder.lock()
    #expect(throws: RunFolderError.locked(path: folder.path)) { try folder.lock() }
    lock = nil
    #expect(lock == nil)
    _ = try folder.lock()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  #if os(Linux)
    @Test func aFolderThatCannotBeMadeIsRefusedWithTheSystemsReason() {
      let url = URL(fileURLWithPath: "/proc/lifted/run")
      let error = RunFolderError.refused(action: "create", path: "/proc/lifted", code: ENOENT)
      #expect(throws: error) { try RunFolder.create(at: url) }
      #expect(throws: error) {
        try RunFolder.create(
          in: url.deletingLastPathComponent(), recipe: "a", method: "b", seed: 1)
      }
    }
  #endif

  @Test func aFullDiskIsOneClearLineAndLeavesTheOldFile() throws {
    let full = URL(fileURLWithPath: "/dev/full")
    guard FileManager.default.fileExists(atPath: full.path) else { return }
    #expect(throws: RunFolderError.refused(action: "write", path: full.relativePath, code: ENOSPC))
    {
      try AppendedFile(at: full).append(Data("x".utf8))
    }
    let error = RunFolderError.refused(action: "write", path: "runs/a/x.csv", code: ENOSPC)
    #expect(
      error.description == "cannot write runs/a/x.csv: No space left on device; "
        + "free some space or choose a folder on another disk")
  }

  @Test func writingReplacesAWholeFileAndLeavesNoPart() throws {
    let scratch = try Scratch()
    let url = scratch.url.appendingPathComponent("x")
    try WholeFile.write(Data("long contents".utf8), to: url)
    try WholeFile.write(Data("new".utf8), to: url)
    #expect(try text(url) == "new")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["x"])
    #expect(throws: RunFolderError.self) {
      try WholeFile.write(Data(), to: scratch.url.appendingPathComponent("none/x"))
    }
  }

  @Test func picturesGoToTheirFolder() throws {
    let scratch = try Scratch()
    let folder = try scratch.run()
    try folder.writePicture(tinyPNG, named: "test/1")
    let url = folder.pictures.appendingPathComponent("test-1.png")
    #expect(try Data(contentsOf: url) == tinyPNG)
  }
}
