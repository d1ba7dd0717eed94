#if MPI
  import Foundation
  import Synchronization

  /// A sign of life from each rank to the next, several times within the timeout, by a thread of its own: a
  /// rank that works for long beats, one that has died or hangs does not.
  ///
  /// Rank `p` listens to rank `p - 1`, so that one rank says that another is lost, and then ends all.
  final class Heartbeat: Sendable {
    private let communicator: MPICommunicator
    private let timeout: Double
    private let lament: @Sendable (String) -> Void
    private let isStopping = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)

    init(
      _ communicator: MPICommunicator, timeout: Double, lament: @escaping @Sendable (String) -> Void
    ) {
      (self.communicator, self.timeout, self.lament) = (communicator, timeout, lament)
    }

    func start() {
      Thread { [self] in
        beat()
        ended.signal()
      }.start()
    }

    /// Stops when the neighbours do; to be called when every rank is about to.
    func stop() {
      isStopping.store(true, ordering: .sequentiallyConsistent)
      ended.wait()
    }

    private func beat() {
      var pulse = Pulse(communicator)
      var heard = SuspendingClock.now
      let interval = min(timeout / 20, 0.5)
      while true {
        let isStopping = isStopping.load(ordering: .sequentiallyConsistent)
        let hears: Bool
        do { hears = try pulse.beat(isLast: isStopping) } catch { hears = false }
        if pulse.hasEnded { return }
        if hears { heard = .now }
        let silence = (SuspendingClock.now - heard) / .seconds(1)
        if silence > timeout { return lose(pulse.previous, after: silence) }
        Thread.sleep(forTimeInterval: isStopping ? 0.002 : interval)
      }
    }

    private func lose(_ rank: Int, after seconds: Double) {
      lament(CommunicationError.lost(rank: rank, seconds: seconds).description)
      communicator.abandon(status: 1)
    }
  }

  /// Messages of one byte around the ring of ranks: 0, and 1 for the last one.
  private struct Pulse {
    let previous: Int
    private let communicator: MPICommunicator
    private let next: Int
    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2)
    private var listening: (any Transfer)?
    private var sending: (any Transfer)?
    private var hasSaidLast = false
    private var hasHeardLast = false

    init(_ communicator: MPICommunicator) {
      let (rank, size) = (communicator.rank, communicator.size)
      self.communicator = communicator
      (previous, next) = ((rank + size - 1) % size, (rank + 1) % size)
    }

    /// Whether the last messages have gone both ways, so that none is left in the library.
    var hasEnded: Bool { hasSaidLast && hasHeardLast && sending == nil }

    /// Listens and sends; whether there was something to hear.
    mutating func beat(isLast: Bool) throws(CommunicationError) -> Bool {
      try send(isLast: isLast)
      var hears = hasHeardLast
      while !hasHeardLast {
        let message = UnsafeMutableBufferPointer(rebasing: buffer[0..<1])
        if listening == nil {
          listening = try communicator.startReceive(message, from: previous, tag: 0)
        }
        guard let transfer = listening, try transfer.isDone() else { break }
        listening = nil
        (hears, hasHeardLast) = (true, message[0] == 1)
      }
      return hears
    }

    private mutating func send(isLast: Bool) throws(CommunicationError) {
      if let transfer = sending, try !transfer.isDone() { return }
      sending = nil
      guard !hasSaidLast else { return }
      buffer[1] = isLast ? 1 : 0
      hasSaidLast = isLast
      let message = UnsafeBufferPointer(rebasing: buffer[1..<2])
      sending = try communicator.startSend(message, to: next, tag: 0)
    }
  }
#endif
