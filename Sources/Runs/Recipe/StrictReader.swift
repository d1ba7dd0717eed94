import Imaging
import Lifted
import Proximal

/// Reads a group of keys of a recipe and refuses keys that nobody asked for, with a suggestion.
struct StrictReader {
  private let container: KeyedDecodingContainer<Key>
  private var known: Set<String> = []

  /// Any key.
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(_ decoder: any Decoder) throws {
    container = try decoder.container(keyedBy: Key.self)
  }

  /// The value of a key that must be there.
  mutating func required<T: Decodable>(_ key: String, as type: T.Type = T.self) throws -> T {
    known.insert(key)
    return try container.decode(T.self, forKey: Key(stringValue: key))
  }

  /// The value of a key, or nothing.
  mutating func optional<T: Decodable>(_ key: String, as type: T.Type = T.self) throws -> T? {
    known.insert(key)
    return try container.decodeIfPresent(T.self, forKey: Key(stringValue: key))
  }

  /// One of the names of an enumeration, or nothing.
  mutating func choice<T: RawRepresentable & CaseIterable>(
    _ key: String, as type: T.Type = T.self
  ) throws -> T? where T.RawValue == String {
    let word: String? = try optional(key)
    return try word.map { try value(named: $0, key) }
  }

  /// One of the names of an enumeration that must be there.
  mutating func requiredChoice<T: RawRepresentable & CaseIterable>(
    _ key: String, as type: T.Type = T.self
  ) throws -> T where T.RawValue == String {
    guard let value: T = try choice(key) else {
      throw missing(key, among: T.allCases.map(\.rawValue))
    }
    return value
  }

  /// A list of names of an enumeration, or nothing.
  mutating func choices<T: RawRepresentable & CaseIterable>(
    _ key: String, as type: T.Type = T.self
  ) throws -> [T]? where T.RawValue == String {
    let words: [String]? = try optional(key)
    return try words?.map { try value(named: $0, key) }
  }

  private func value<T: RawRepresentable & CaseIterable>(
    named word: String, _ key: String
  ) throws -> T where T.RawValue == String {
    if let value = T(rawValue: word) { return value }
    throw unknown(word, key, among: T.allCases.map(\.rawValue))
  }

  /// The position of a word in a list of words; that of the default if it is left out.
  mutating func word(
    _ key: String, among words: [String], default position: Int? = nil
  ) throws -> Int {
    guard let word: String = try optional(key) else {
      if let position { return position }
      throw missing(key, among: words)
    }
    guard let index = words.firstIndex(of: word) else { throw unknown(word, key, among: words) }
    return index
  }

  private func missing(_ key: String, among words: [String]) -> DecodingError {
    error(key, "this key is missing; one of: \(words.joined(separator: ", "))")
  }

  private func unknown(_ word: String, _ key: String, among words: [String]) -> DecodingError {
    error(key, "'\(word)' is not known\(Self.suggestion(for: word, among: words))")
  }

  /// Whether a key is there.
  func has(_ key: String) -> Bool { container.contains(Key(stringValue: key)) }

  /// Refuses a key that people look for, with the reason.
  func refuse(_ key: String, _ reason: String) throws {
    if has(key) { throw error(key, reason) }
  }

  /// Refuses keys that were not read.
  func finish() throws {
    for key in container.allKeys.map(\.stringValue).sorted() where !known.contains(key) {
      throw error(key, "unknown key\(Self.suggestion(for: key, among: known.sorted()))")
    }
  }

  /// An error at a key, or at the group itself.
  func error(_ key: String?, _ problem: String) -> DecodingError {
    let path = container.codingPath + (key.map { [Key(stringValue: $0)] } ?? [])
    return .dataCorrupted(.init(codingPath: path, debugDescription: problem))
  }

  /// Refuses whole numbers that nothing can be made of, before memory is asked for.
  func require(_ value: Int?, in range: ClosedRange<Int>, _ key: String) throws {
    guard let value, !range.contains(value) else { return }
    throw error(
      key,
      "\(value) is out of range; it must be between \(range.lowerBound) and \(range.upperBound)")
  }

  /// Refuses numbers that are not finite and above 0.
  func requirePositive(_ value: Double?, _ key: String) throws {
    guard let value, !(value > 0 && value.isFinite) else { return }
    throw error(key, "\(value) is out of range; it must be a finite number above 0")
  }

  /// Refuses names that lead a folder elsewhere or break a table.
  func requireFileName(_ name: String, _ key: String) throws {
    let isPlain = name.unicodeScalars.allSatisfy {
      $0 != "/" && $0 != "," && $0.properties.generalCategory != .control
    }
    guard isPlain, !name.isEmpty, !name.hasPrefix("."), name.utf8.count <= 100 else {
      throw error(
        key, "a name of folders and tables has 1 to 100 bytes, no '/', no ',' and no '.' in front")
    }
  }

  /// Runs a check of the mathematics and says where in the recipe it failed.
  func checked<T>(_ key: String? = nil, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let problem as SolverError {
      throw error(key, problem.description)
    } catch let problem as ProximalError {
      throw error(key, problem.description)
    } catch let problem as ImagingError {
      throw error(key, problem.description)
    }
  }

  /// `; did you mean 'x'?` for a near miss, else the list of what there is.
  static func suggestion(for name: String, among names: [String]) -> String {
    let nearest = names.min { distance($0, name) < distance($1, name) }
    if let nearest, distance(nearest, name) <= max(2, name.count / 3) {
      return "; did you mean '\(nearest)'?"
    }
    return "; one of: \(names.joined(separator: ", "))"
  }

  /// Letters to insert, delete or exchange to get from one word to the other, case ignored.
  private static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b.lowercased())
    var row = Array(0...b.count)
    for (i, x) in a.lowercased().enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let cost = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
        (diagonal, row[j + 1]) = (row[j + 1], cost)
      }
    }
    return row[b.count]
  }
}
