import Foundation
import Testing

@testable import Interchange

@Suite("Atomic files") struct AtomicFileTests {
  @Test("a file is created, then replaced, and nothing else is left in the folder")
  func replaces() throws {
    let scratch = try Scratch()
    let target = scratch.file("a.bin")
    for text in ["first, longer", "second", ""] {
      try AtomicFile.write(Data(text.utf8), to: target)
      #expect(try Data(contentsOf: target) == Data(text.utf8))
    }
    #expect(try scratch.names() == ["a.bin"])
  }

  @Test("a symbolic link stays a link and its target gets the bytes")
  func followsLinks() throws {
    let scratch = try Scratch()
    let (target, link) = (scratch.file("target"), scratch.file("link"))
    try AtomicFile.write([1], to: target)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
    try AtomicFile.write([2, 3], to: link)
    #expect(try Data(contentsOf: target) == Data([2, 3]))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == target.path)
  }

  @Test("a folder that is missing or is a file is named in one line")
  func badFolder() throws {
    let scratch = try Scratch()
    try AtomicFile.write([1], to: scratch.file("plain"))
    for path in ["plain/x.bin", "missing/x.bin"] {
      let error = try formatError { try AtomicFile.write([1], to: scratch.file(path)) }
      #expect(error.kind == .unwritable)
      #expect(error.description.hasPrefix(error.file + ": cannot be written: "))
      #expect(error.file.hasSuffix(path))
    }
    #expect(try scratch.names() == ["plain"])
  }

  @Test("folders and pipes are not replaced")
  func specialFiles() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      at: scratch.file("folder"), withIntermediateDirectories: false)
    try #require(mkfifo(scratch.file("pipe").path, 0o600) == 0)
    for name in ["folder", "pipe"] {
      let error = try formatError { try AtomicFile.write([1], to: scratch.file(name)) }
      #expect(error.problem.contains("not a regular file"))
    }
    #expect(try scratch.names() == ["folder", "pipe"])
  }

  @Test("when the bytes do not fit, the old file is untouched and no part is left")
  func noRoom() async throws {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let target = scratch.file("a.bin")
      try AtomicFile.write([1, 2, 3], to: target)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let error = try formatError {
        try AtomicFile.write([UInt8](repeating: 7, count: 5000), to: target)
      }
      #expect(error.kind == .unwritable)
      #expect(try Data(contentsOf: target) == Data([1, 2, 3]))
      #expect(try scratch.names() == ["a.bin"])
    }
  }
}

@Suite("Reading bytes") struct FileBytesTests {
  @Test("a missing file, a folder and a device are refused with their path")
  func unreadable() throws {
    let scratch = try Scratch()
    for url in [scratch.file("missing"), scratch.url, URL(fileURLWithPath: "/dev/zero")] {
      let error = try formatError { _ = try FileBytes.read(url) }
      #expect(error.kind == .unreadable)
      #expect(error.file == url.path)
    }
  }

  @Test("a description is one line and free of control characters")
  func oneLine() {
    let error = FormatError(
      .corrupt, file: "a\nb\u{1B}[31m", offset: 7, problem: "x\u{2028}y", remedy: "do z")
    #expect(error.description == "a\\nb\\u{1B}[31m: x\\u{2028}y (at byte 7); do z")
  }
}
