extension Safetensors {
  /// The bytes of the file; `name` stands for its path in errors. Same contents, same bytes.
  ///
  /// Wider elements lie before narrower ones, so that every element is aligned; the header keeps
  /// the order of ``entries``.
  /// - Throws: ``FormatError`` for repeated names, one called `__metadata__`, or a header above
  ///   100 MB.
  public func encoded(name: String) throws(FormatError) -> [UInt8] {
    try checkNames(file: name)
    let layout = entries.indices.sorted {
      (-entries[$0].tensor.stored.size, $0) < (-entries[$1].tensor.stored.size, $1)
    }
    let header = header(layout)
    guard header.count <= Self.mostHeaderBytes else {
      throw FormatError(
        .unsupported, file: name, problem: "a header of \(header.count) bytes is too long",
        remedy: "save fewer tensors or less metadata")
    }
    var bytes = [UInt8]()
    bytes.reserveCapacity(8 + header.count + entries.reduce(0) { $0 + $1.tensor.byteCount })
    bytes.append(littleEndian: UInt64(header.count))
    bytes += header
    for index in layout { entries[index].tensor.append(to: &bytes) }
    return bytes
  }

  private func checkNames(file: String) throws(FormatError) {
    var seen: Set = [SafetensorsHeader.metadataKey]
    for entry in entries where !seen.insert(entry.name).inserted {
      throw FormatError(
        .unsupported, file: file, problem: "the tensor name \(entry.name.quoted) is taken",
        remedy: "give every tensor a name of its own")
    }
  }

  /// The JSON header, padded with spaces to a multiple of 8 bytes.
  private func header(_ layout: [Int]) -> [UInt8] {
    var begins = [Int](repeating: 0, count: entries.count)
    var place = 0
    for index in layout {
      begins[index] = place
      place += entries[index].tensor.byteCount
    }
    var members = zip(entries, begins).map { $0.headerMember(begin: $1) }
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }
        .map { "\($0.key.jsonText):\($0.value.jsonText)" }
      members.insert(
        "\"\(SafetensorsHeader.metadataKey)\":{\(texts.joined(separator: ","))}", at: 0)
    }
    let text = Array("{\(members.joined(separator: ","))}".utf8)
    return text + Array(repeating: 0x20, count: (8 - text.count % 8) % 8)
  }
}

extension NamedTensor {
  fileprivate func headerMember(begin: Int) -> String {
    let stored = tensor.stored
    let code = SafetensorsHeader.scalars.first { $0.scalar == stored }?.code ?? ""
    let shape = tensor.shape.map(String.init).joined(separator: ",")
    return name.jsonText
      + ":{\"dtype\":\"\(code)\",\"shape\":[\(shape)],"
      + "\"data_offsets\":[\(begin),\(begin + tensor.byteCount)]}"
  }
}

extension AnyTensor {
  /// Bytes of the elements in a file.
  fileprivate var byteCount: Int { count * stored.size }
}
