#if MPI
  import CMPI
  import Foundation
  import Synchronization

  /// MPI in this process: started once, used by one thread at a time, finished once.
  ///
  /// Every wait polls, so that nothing hangs in the library: the thread that beats for this rank gets its
  /// turn while another waits.
  final class MPIWorld: Sendable {
    /// Held around every call of the library.
    private let turn = Mutex<Void>(())
    private let heartbeat = Mutex<Heartbeat?>(nil)
    /// Nanoseconds of the machine's uptime at which the work began to wait for other ranks; 0 while it does not.
    private let waitingSince = Atomic<UInt64>(0)
    private static let current = Mutex<MPIWorld?>(nil)

    /// Starts MPI and watches over the other ranks.
    static func join(
      expecting ranks: Int, timeout: Double, lament: @escaping @Sendable (String) -> Void
    ) throws(CommunicationError) -> MPICommunicator {
      let world = MPIWorld()
      try world.check("start", cmpi_start())
      current.withLock { $0 = world }
      let communicator = try world.communicator("work")
      guard communicator.size == ranks else {
        let library = text { cmpi_library($0, $1) }
        _ = cmpi_finish()
        throw .unavailable(
          "started as \(ranks) ranks by a launcher that is not that of \(library), which this program was "
            + "built with; use its mpirun")
      }
      if ranks > 1 {
        let heartbeat = Heartbeat(
          try world.communicator("beat"), Patience(silence: timeout), waited: { world.waited },
          lament: lament)
        world.heartbeat.withLock { $0 = heartbeat }
        heartbeat.start()
      }
      return communicator
    }

    private func communicator(_ purpose: String) throws(CommunicationError) -> MPICommunicator {
      var handle: OpaquePointer?
      try check("copy the communicator to \(purpose) with", cmpi_world(&handle))
      guard let handle else { throw .library(call: "copy a communicator", reason: "no memory") }
      return MPICommunicator(handle, in: self, TrafficCounter())
    }

    /// Finishes MPI, if it was started; every rank has to come here.
    static func leave(_ communicator: any Communicator) throws(CommunicationError) {
      guard
        let world = current.withLock({ world in
          defer { world = nil }
          return world
        })
      else { return }
      let heartbeat = world.heartbeat.withLock { $0 }
      heartbeat?.comeToEnd()
      try communicator.barrier()
      heartbeat?.stop()
      heartbeat?.alarm("MPI has not finished")
      _ = world.call { cmpi_finish() }
    }

    /// Says that the work waits for other ranks, while `body` does.
    func waiting(_ body: () throws(CommunicationError) -> Void) throws(CommunicationError) {
      waitingSince.store(DispatchTime.now().uptimeNanoseconds, ordering: .relaxed)
      defer { waitingSince.store(0, ordering: .relaxed) }
      try body()
    }

    /// For how many seconds the work has waited for other ranks.
    private var waited: Double {
      let start = waitingSince.load(ordering: .relaxed)
      return start == 0 ? 0 : Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }

    /// One call of the library.
    func call<Result>(_ body: () -> Result) -> Result { turn.withLock { _ in body() } }

    func check(_ call: String, _ code: Int32) throws(CommunicationError) {
      guard code != 0 else { return }
      guard code > 0 else {
        throw .unavailable("this MPI cannot be called from several threads; build one that can")
      }
      throw .library(call: call, reason: Self.text { cmpi_message(code, $0, $1) })
    }

    private static func text(_ fill: (UnsafeMutablePointer<CChar>, Int32) -> Void) -> String {
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) {
        guard let start = $0.baseAddress else { return "" }
        fill(start, 512)
        return String(cString: start)
      }
    }
  }
#endif
