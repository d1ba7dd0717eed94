import Foundation

/// A TensorBoard event file of scalars and PNG pictures.
///
/// Each record is `length: UInt64`, `masked CRC-32C of length`, the protobuf message, and its
/// `masked CRC-32C`, all little-endian. Format: `tensorboard/compat/proto` and TFRecord.
///
///     let events = try EventFile(in: folder, at: .now)
///     try events.write([.scalar("loss/training", 0.51)], step: 600, at: .now)
public struct EventFile: Sendable {
  /// Where the file lies.
  public let url: URL
  private let file: AppendedFile

  /// Makes `events.out.tfevents.SECONDS.HOST.PROCESS[.NUMBER]` in the folder.
  /// - Parameters:
  ///   - folder: the run's folder.
  ///   - step: when resuming, the checkpoint's step: TensorBoard then forgets what earlier files
  ///     say of later steps.
  ///   - date: the wall clock.
  public init(
    in folder: RunFolder, resumingAfter step: Int? = nil, at date: Date
  ) throws(RunFolderError) {
    url = Self.unusedName(in: folder.url, at: date)
    file = try AppendedFile(at: url)
    try record(at: date) { $0.string(3, "brain.Event:2") }
    guard let step else { return }
    try record(at: date) { event in
      event.integer(2, step + 1)
      event.message(7) { $0.integer(1, 1) }  // A session log: started.
    }
  }

  /// Writes values that belong to one step as one record.
  public func write(
    _ values: [EventValue], step: Int, at date: Date
  ) throws(RunFolderError) {
    try record(at: date) { event in
      event.integer(2, step)
      event.message(5) { summary in
        for value in values { value.write(to: &summary) }
      }
    }
  }

  /// Field numbers are those of `Event` in TensorFlow's `event.proto`: 1 wall time, 2 step, 3 file
  /// version, 5 summary, 7 session log.
  private func record(
    at date: Date, _ fill: (inout ProtobufMessage) -> Void
  ) throws(RunFolderError) {
    var event = ProtobufMessage()
    event.double(1, date.timeIntervalSince1970)
    fill(&event)
    try file.append(Self.framed(event.bytes))
  }

  private static func framed(_ message: Data) -> Data {
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(CRC32C.masked(length)) + message
      + littleEndian(CRC32C.masked(message))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  private static func unusedName(in folder: URL, at date: Date) -> URL {
    let host = ProcessInfo.processInfo.hostName.map { letter -> Character in
      letter.isASCII && (letter.isLetter || letter.isNumber || letter == ".") ? letter : "-"
    }
    let seconds = Int(date.timeIntervalSince1970)
    let name = "events.out.tfevents.\(seconds).\(String(host)).\(getpid())"
    var url = folder.appendingPathComponent(name)
    var number = 1
    while FileManager.default.fileExists(atPath: url.path) {
      number += 1
      url = folder.appendingPathComponent("\(name).\(number)")
    }
    return url
  }
}
