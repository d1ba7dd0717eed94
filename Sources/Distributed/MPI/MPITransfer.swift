#if MPI
  import CMPI
  import Foundation

  /// A call that MPI has started.
  final class MPITransfer: Transfer {
    private let world: MPIWorld
    private let name: String
    private var request: OpaquePointer?
    /// What the library reads until the end.
    private let kept: [UnsafeMutablePointer<Int32>]

    /// - Parameters:
    ///   - name: what is done, for an error.
    ///   - kept: memory that goes when the transfer does.
    init(
      _ name: String, in world: MPIWorld, keeping kept: [UnsafeMutablePointer<Int32>] = [],
      _ start: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    ) throws(CommunicationError) {
      (self.name, self.world, self.kept) = (name, world, kept)
      try world.check(name, world.call { start(&request) })
    }

    /// What the library may still read is left where it is.
    deinit { if request == nil { for memory in kept { memory.deallocate() } } }

    func isDone() throws(CommunicationError) -> Bool {
      guard let request else { return true }
      var isDone: Int32 = 0
      let code = world.call { cmpi_test(request, &isDone) }
      if isDone != 0 { self.request = nil }
      try world.check(name, code)
      return isDone != 0
    }

    /// Polls at first without a pause, for short messages, then a few thousand times a second, so that
    /// ranks that share a processor get on.
    func wait() throws(CommunicationError) {
      for _ in 0..<Self.eager where try isDone() { return }
      try world.waiting { () throws(CommunicationError) in
        for round in 0... {
          if try isDone() { return }
          if round < Self.eager { sched_yield() } else { usleep(Self.pause) }
        }
      }
    }

    private static let eager = 200
    private static let pause: UInt32 = 50
  }
#endif
