import Foundation

/// Where Fashion-MNIST lies. Source: Xiao, Rasul and Vollgraf, arXiv 1708.07747.
enum FashionMNIST {
  static let labels = [
    "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
  ]

  /// The given folder, or the first of the usual places that has the training images: `LIFTED_DATA`,
  /// Debian's package, the cache of the user.
  /// - Throws: ``RecipeError`` listing where it was looked for.
  static func folder(
    given: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(RecipeError) -> URL {
    let cache = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { $0 + "/.cache" }
    let places =
      given.map { [$0] }
      ?? [
        environment["LIFTED_DATA"].map { $0 + "/fashion-mnist" },
        "/usr/share/datasets/fashion-mnist", cache.map { $0 + "/lifted/fashion-mnist" },
      ].compactMap { $0 }
    for place in places {
      let url = URL(fileURLWithPath: place, isDirectory: true)
      let images = file("train-images-idx3-ubyte", in: url)
      if FileManager.default.fileExists(atPath: images.path) { return url }
    }
    throw RecipeError(
      source: "data",
      problem:
        "no train-images-idx3-ubyte(.gz) in \(places.joined(separator: ", ")); install it with "
        + "'apt-get install dataset-fashion-mnist' or Scripts/fetch-fashion-mnist, or set data.folder"
    )
  }

  /// A file of the set, compressed or not.
  static func file(_ name: String, in folder: URL) -> URL {
    let plain = folder.appendingPathComponent(name)
    let packed = folder.appendingPathComponent(name + ".gz")
    return FileManager.default.fileExists(atPath: packed.path) ? packed : plain
  }
}
