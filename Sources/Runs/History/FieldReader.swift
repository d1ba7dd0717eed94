/// Takes the fields of one comma-separated line, left to right.
struct FieldReader {
  private var fields: ArraySlice<Substring>
  private let file: LineFile
  private let index: Int

  /// - Throws: ``HistoryError/damaged(file:line:reason:)`` if the number of fields is another.
  init(line index: Int, of file: LineFile, columns: Int) throws(HistoryError) {
    let found = file.lines[index].split(separator: ",", omittingEmptySubsequences: false)
    guard found.count == columns else {
      throw file.damage(at: index, "expected \(columns) fields, found \(found.count)")
    }
    fields = found[...]
    self.file = file
    self.index = index
  }

  /// A whole number that is at least 0.
  mutating func count(_ name: String) throws(HistoryError) -> Int {
    let field = next()
    guard let value = Int(field), value >= 0 else {
      throw file.damage(at: index, "\(name) is not a count: \(field.prefix(40).debugDescription)")
    }
    return value
  }

  /// A real number, `nan` and `inf` included.
  mutating func number(_ name: String) throws(HistoryError) -> Double {
    let field = next()
    guard let value = Double(field) else {
      throw file.damage(at: index, "\(name) is not a number: \(field.prefix(40).debugDescription)")
    }
    return value
  }

  /// A real number, or nothing for an empty field.
  mutating func optionalNumber(_ name: String) throws(HistoryError) -> Double? {
    guard fields.first?.isEmpty == true else { return try number(name) }
    _ = next()
    return nil
  }

  private mutating func next() -> Substring { fields.popFirst() ?? "" }
}
