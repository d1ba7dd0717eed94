/// A strict parser for the one Python dictionary that an NPY header is.
///
///     {'descr': TEXT, 'fortran_order': True or False, 'shape': (INTEGER, ...), }
struct PythonLiteral {
  /// What the dictionary says; all keys must be there, once each.
  struct ArrayDescription {
    let descr: String
    let isColumnMajor: Bool
    let shape: [Int]
  }

  private var scanner: TextScanner

  /// `base` is the place of `text` in the file, for errors.
  init(_ text: ArraySlice<UInt8>, file: String, base: Int) {
    scanner = TextScanner(text, file: file, base: base)
  }

  mutating func arrayDescription() throws(FormatError) -> ArrayDescription {
    var descr: String?
    var isColumnMajor: Bool?
    var shape: [Int]?
    try scanner.expect("{")
    while !scanner.skip("}") {
      let key = try text()
      try scanner.expect(":")
      switch key {
      case "descr" where descr == nil: descr = try typeText()
      case "fortran_order" where isColumnMajor == nil: isColumnMajor = try boolean()
      case "shape" where shape == nil: shape = try tuple()
      default: throw scanner.error("unexpected or repeated header key \(key.quoted)")
      }
      guard scanner.skip(",") else {
        try scanner.expect("}")
        break
      }
    }
    try scanner.expectEnd()
    guard let descr, let isColumnMajor, let shape else {
      throw scanner.error("the header lacks 'descr', 'fortran_order' or 'shape'")
    }
    return ArrayDescription(descr: descr, isColumnMajor: isColumnMajor, shape: shape)
  }

  private mutating func text() throws(FormatError) -> String {
    guard scanner.skip("'") else {
      try scanner.expect("\"")
      return try scanner.text(until: "\"")
    }
    return try scanner.text(until: "'")
  }

  private mutating func typeText() throws(FormatError) -> String {
    guard !scanner.isAt("[") else {
      throw scanner.error(
        "structured arrays are not supported", kind: .unsupported,
        remedy: "save each field as an array of its own")
    }
    return try text()
  }

  private mutating func boolean() throws(FormatError) -> Bool {
    if scanner.skip("True") { return true }
    try scanner.expect("False")
    return false
  }

  private mutating func tuple() throws(FormatError) -> [Int] {
    var extents = [Int]()
    try scanner.expect("(")
    while !scanner.skip(")") {
      extents.append(try scanner.naturalNumber())
      guard scanner.skip(",") else {
        try scanner.expect(")")
        break
      }
    }
    return extents
  }
}
