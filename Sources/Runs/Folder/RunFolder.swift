import Foundation

/// The folder that holds everything one training run reads and writes.
///
///     recipe.yaml                       the resolved recipe; running it again re-creates the run
///     history.csv, history.jsonl        the reproducible record: same seed, same bytes
///     timing.csv                        seconds at each row of the history
///     last.safetensors, best.safetensors    weights
///     state.safetensors                 what resuming needs
///     events.out.tfevents.*             TensorBoard
///     summary.json, report.html, pictures/
///     failure.json                      why it broke off, if it did
public struct RunFolder: Sendable, Equatable {
  /// Where the folder lies.
  public let url: URL

  /// The path as shown to people.
  public var path: String { url.relativePath }
  /// The resolved recipe.
  public var recipe: URL { file("recipe.yaml") }
  /// The history as comma-separated values.
  public var historyCSV: URL { file("history.csv") }
  /// The history, one JSON object a line.
  public var historyJSONL: URL { file("history.jsonl") }
  /// Seconds at each row of the history.
  public var timing: URL { file("timing.csv") }
  /// Weights of the newest checkpoint.
  public var lastWeights: URL { file("last.safetensors") }
  /// Weights with the best validation metric so far.
  public var bestWeights: URL { file("best.safetensors") }
  /// Tensors and counters of the solver state.
  public var stateTensors: URL { file("state.safetensors") }
  /// Final figures.
  public var summary: URL { file("summary.json") }
  /// Why the run broke off, if it did.
  public var failure: URL { file("failure.json") }
  /// The report.
  public var report: URL { file("report.html") }
  /// Folder of pictures.
  public var pictures: URL { file("pictures", isDirectory: true) }

  private init(_ url: URL) { self.url = url }

  /// Makes a new folder, with the folders above it; an existing empty or half-made folder is taken
  /// over.
  /// - Throws: ``RunFolderError/occupied(path:)`` if something is there already,
  ///   ``RunFolderError/refused(action:path:code:)`` if the system does not allow it.
  public static func create(at url: URL) throws(RunFolderError) -> RunFolder {
    let folder = RunFolder(url)
    guard try !makeDirectory(url) else { return folder }
    guard folder.isHalfMade else { throw .occupied(path: folder.path) }
    guard access(url.path, W_OK) == 0 else {
      throw .refused(action: "write in", path: folder.path, code: errno)
    }
    return folder
  }

  /// Makes `parent/recipe-method-sSEED`, or the same with `-2`, `-3`, ... if that name is taken.
  ///
  /// Characters other than ASCII letters, digits, `.`, `_` and `-` become `-`.
  public static func create(
    in parent: URL, recipe: String, method: String, seed: UInt64
  ) throws(RunFolderError) -> RunFolder {
    let name = "\(plain(recipe))-\(plain(method))-s\(seed)"
    for number in 1... {
      let candidate = number == 1 ? name : "\(name)-\(number)"
      let url = parent.appendingPathComponent(candidate, isDirectory: true)
      if try makeDirectory(url) { return RunFolder(url) }
    }
    throw .occupied(path: parent.relativePath)
  }

  /// Opens the folder of an earlier run.
  /// - Throws: ``RunFolderError/notARun(path:)`` if it has no recipe.
  public static func open(_ url: URL) throws(RunFolderError) -> RunFolder {
    let folder = RunFolder(url)
    guard FileManager.default.fileExists(atPath: folder.recipe.path) else {
      throw .notARun(path: folder.path)
    }
    return folder
  }

  /// Whether a run was begun here and stopped before its first checkpoint and its recipe were both
  /// written, and nothing else is here; so is an empty folder.
  public var isHalfMade: Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
      return false
    }
    let isWhole = names.contains(recipe.lastPathComponent) && names.contains(stateName)
    // A recipe alone may be one that somebody wrote here.
    return !isWhole && names != [recipe.lastPathComponent] && names.allSatisfy(isOfTheStart)
  }

  /// Removes what a run left that was stopped while it was being made.
  /// - Throws: ``RunFolderError/occupied(path:)`` if the folder holds anything else.
  func clearHalfMade() throws(RunFolderError) {
    guard isHalfMade else { throw .occupied(path: path) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    for name in names where unlink(url.appendingPathComponent(name).path) != 0 {
      throw .refused(action: "remove", path: file(name).relativePath, code: errno)
    }
  }

  /// Removes the folder with everything in it.
  /// - Throws: ``RunFolderError/locked(path:)`` if another process holds it.
  func remove() throws(RunFolderError) {
    let lock = try lock()
    defer { withExtendedLifetime(lock) {} }
    do { try FileManager.default.removeItem(at: url) } catch {
      throw .refused(action: "remove", path: path, code: errno)
    }
  }

  private var stateName: String { stateTensors.lastPathComponent }

  /// Whether a file has a name that a run writes before its first step.
  private func isOfTheStart(_ name: String) -> Bool {
    let files = [recipe, historyCSV, historyJSONL, timing, lastWeights, stateTensors]
    return files.contains { $0.lastPathComponent == name } || name.hasPrefix(".partial-")
      || name.hasPrefix("events.out.tfevents.")
  }

  /// Keeps other processes from writing here for as long as the returned value lives.
  /// - Throws: ``RunFolderError/locked(path:)`` if another process holds the folder.
  public func lock() throws(RunFolderError) -> RunLock { try RunLock(holding: url) }

  /// Writes one picture as `pictures/NAME.png`.
  public func writePicture(_ png: Data, named name: String) throws(RunFolderError) {
    _ = try Self.makeDirectory(pictures)
    try WholeFile.write(png, to: pictures.appendingPathComponent(Self.plain(name) + ".png"))
  }

  /// Whether the run has ended and left its figures.
  var hasSummary: Bool { FileManager.default.fileExists(atPath: summary.path) }

  private func file(_ name: String, isDirectory: Bool = false) -> URL {
    url.appendingPathComponent(name, isDirectory: isDirectory)
  }

  /// Makes the directory and those above it; false if it was there already.
  private static func makeDirectory(_ url: URL) throws(RunFolderError) -> Bool {
    if mkdir(url.path, 0o777) == 0 { return true }
    let code = errno
    if code == EEXIST { return false }
    let parent = url.deletingLastPathComponent()
    guard code == ENOENT, parent.path != url.path, try makeDirectory(parent) else {
      throw .refused(action: "create", path: url.relativePath, code: code)
    }
    return try makeDirectory(url)
  }

  private static func plain(_ name: String) -> String {
    let kept = name.map { letter -> Character in
      letter.isASCII && (letter.isLetter || letter.isNumber || "._-".contains(letter))
        ? letter : "-"
    }
    let trimmed = String(kept.drop { $0 == "." || $0 == "-" })
    return trimmed.isEmpty ? "run" : trimmed
  }
}
