import Foundation

/// The PNG files of a folder, by name; folders inside it are not looked into.
public struct PNGFolder: Sendable, Equatable {
  /// The files, in the order of their names.
  public let files: [URL]

  /// Lists a folder: files that end in `.png`, in any case, and are not hidden.
  /// - Throws: ``FormatError`` if the folder cannot be read or has no such file.
  public init(_ folder: URL) throws(FormatError) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw FormatError(
        .unreadable, file: folder.path, problem: "the folder cannot be read",
        remedy: "check that it exists and may be read")
    }
    files =
      names.filter { $0.lowercased().hasSuffix(".png") && !$0.hasPrefix(".") }.sorted()
      .map { folder.appendingPathComponent($0) }
    guard !files.isEmpty else {
      throw FormatError(
        .unreadable, file: folder.path, problem: "there is no PNG file in the folder",
        remedy: "name a folder with files that end in .png")
    }
  }

  /// Reads the files one by one as the sequence is gone through: each with its picture or its error,
  /// so that one broken file stops nothing.
  public var pictures: some Sequence<(file: URL, picture: Result<PNGImage, FormatError>)> {
    files.lazy.map { file in
      do throws(FormatError) {
        return (file, .success(try PNGImage.read(from: file)))
      } catch {
        return (file, .failure(error))
      }
    }
  }

  /// All pictures.
  /// - Throws: ``FormatError`` for the first file that cannot be read.
  public func read() throws(FormatError) -> [PNGImage] {
    var all: [PNGImage] = []
    for file in files { all.append(try PNGImage.read(from: file)) }
    return all
  }
}
