/// Signs around the ring of ranks, two numbers each.
struct Pulse {
  private let communicator: any Communicator
  private let previous: Int
  private let next: Int
  private let incoming = UnsafeMutableBufferPointer<Int>.allocate(capacity: 2)
  private let outgoing = UnsafeMutableBufferPointer<Int>.allocate(capacity: 2)
  private var listening: (any Transfer)?
  private var sending: (any Transfer)?
  private var hasSaidLast = false
  private var newest: Sign?

  init(_ communicator: any Communicator) {
    let (rank, size) = (communicator.rank, communicator.size)
    self.communicator = communicator
    (previous, next) = ((rank + size - 1) % size, (rank + 1) % size)
  }

  private var hasHeardLast: Bool { newest?.stage == .last }

  /// Whether the last signs have gone both ways, so that none is left in the library.
  var hasEnded: Bool { hasSaidLast && hasHeardLast && sending == nil }

  /// Gives a sign; the newest that there is to hear, nil if none has come. A last one stays to be heard.
  mutating func beat(_ sign: Sign) throws(CommunicationError) -> Sign? {
    try send(sign)
    var hears = hasHeardLast
    while !hasHeardLast {
      if listening == nil {
        listening = try communicator.startReceive(incoming, from: previous, tag: 0)
      }
      guard let transfer = listening, try transfer.isDone() else { break }
      listening = nil
      hears = true
      newest = Sign(stage: .init(rawValue: incoming[0]) ?? .working, waiting: incoming[1])
    }
    return hears ? newest : nil
  }

  private mutating func send(_ sign: Sign) throws(CommunicationError) {
    if let transfer = sending, try !transfer.isDone() { return }
    sending = nil
    guard !hasSaidLast else { return }
    (outgoing[0], outgoing[1]) = (sign.stage.rawValue, sign.waiting)
    hasSaidLast = sign.stage == .last
    sending = try communicator.startSend(UnsafeBufferPointer(outgoing), to: next, tag: 0)
  }
}
