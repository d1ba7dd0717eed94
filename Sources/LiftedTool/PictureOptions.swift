import ArgumentParser
import Foundation
import Interchange
import Runs

/// Options of the commands that make one picture of another.
struct PictureOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The folder to write to; pictures keep their names.")
  var output: String

  @Flag(help: "Replace files that are there already.")
  var force = false

  /// The files that are named, and those of the folders; what cannot be listed is a problem.
  func files(_ paths: [String], _ problems: inout Problems) -> [URL] {
    var files: [URL] = []
    for path in paths {
      let url = URL(fileURLWithPath: path)
      problems.collect { files += url.isFolder ? try PNGFolder(url).files : [url] }
    }
    return files
  }

  /// Where the picture of a file is written.
  /// - Throws: ``ToolError`` where that would lose a file, or another picture of this command.
  func target(for file: URL, in folder: String = "", written: inout Set<String>) throws -> URL {
    let parent = URL(fileURLWithPath: output).appendingPathComponent(folder, isDirectory: true)
    let target = parent.appendingPathComponent(file.lastPathComponent)
    guard target.standardizedFileURL.resolvingSymlinksInPath()
      != file.standardizedFileURL.resolvingSymlinksInPath()
    else { throw ToolError("\(file.relativePath): would be overwritten; give another --output") }
    guard written.insert(target.path).inserted else {
      throw ToolError(
        "\(file.relativePath): another picture of this name is written to \(output); restore them "
          + "one after the other")
    }
    guard force || !FileManager.default.fileExists(atPath: target.path) else {
      throw ToolError("\(target.relativePath): exists already; give --force to replace it")
    }
    do {
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    } catch {
      throw ToolError("\(parent.relativePath): the folder cannot be made; choose another --output")
    }
    return target
  }
}

/// What went wrong with single files, told at once while the others go on.
struct Problems {
  private(set) var count = 0

  /// Does something, and tells and counts what it throws.
  mutating func collect(_ body: () throws -> Void) {
    do { try body() } catch {
      count += 1
      Terminal.complain("lifted: \(error)")
    }
  }

  /// Ends the program with status 1 if there were any.
  func finish() throws { if count > 0 { throw ExitCode.failure } }
}

extension URL {
  /// Whether there is a folder.
  var isFolder: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// The file of this folder with the name of another file, or this file itself.
  func counterpart(of file: URL) -> URL {
    isFolder ? appendingPathComponent(file.lastPathComponent) : self
  }
}
