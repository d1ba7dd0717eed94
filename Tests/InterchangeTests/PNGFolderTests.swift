import Foundation
import Tensors
import Testing

@testable import Interchange

@Suite("A folder of PNG files") struct PNGFolderTests {
  @Test("lists what ends in .png by name, and reads on after a broken file")
  func folder() throws {
    let scratch = try Scratch()
    for (name, source) in [("b.png", "rgb8.png"), ("a.PNG", "grey16.png"), (".c.png", "grey8.png")]
    {
      try Data(fixtureBytes(source)).write(to: scratch.file(name))
    }
    try Data("no picture".utf8).write(to: scratch.file("ab.png"))
    try Data("text".utf8).write(to: scratch.file("notes.txt"))
    let folder = try PNGFolder(scratch.url)
    #expect(folder.files.map(\.lastPathComponent) == ["a.PNG", "ab.png", "b.png"])
    var shapes: [[Int]?] = []
    for (_, picture) in folder.pictures { shapes.append(try? picture.get().pixels.shape) }
    #expect(shapes == [[32, 32], nil, [2, 4, 3]])
    let error = try formatError { _ = try folder.read() }
    #expect(error.file.hasSuffix("ab.png") && error.kind == .truncated || error.kind == .corrupt)
  }

  @Test("the order is that of the names, whatever the file system's")
  func order() throws {
    let scratch = try Scratch()
    let names = (0..<12).map { "\(($0 * 7) % 12 + 10).png" }
    for name in names { try Data().write(to: scratch.file(name)) }
    #expect(try PNGFolder(scratch.url).files.map(\.lastPathComponent) == names.sorted())
  }

  @Test("a folder that is missing or holds no PNG file is refused")
  func refused() throws {
    let scratch = try Scratch()
    #expect(try formatError { _ = try PNGFolder(scratch.url) }.kind == .unreadable)
    let missing = scratch.file("missing")
    #expect(try formatError { _ = try PNGFolder(missing) }.description.contains("missing"))
  }
}
