#if MPI
  import CMPI

  /// Ranks that are processes, by MPI 3: its non-blocking calls, polled.
  final class MPICommunicator: Communicator, @unchecked Sendable {
    let rank: Int
    let size: Int
    var traffic: Traffic { counter.traffic }
    /// Its share of the machine's processors.
    let processorsPerRank: Int
    let world: MPIWorld
    private let handle: OpaquePointer
    private let counter: TrafficCounter

    /// - Parameter processorsPerRank: where that is known; otherwise all ranks ask together.
    init(
      _ handle: OpaquePointer, in world: MPIWorld, _ counter: TrafficCounter,
      processorsPerRank: Int? = nil
    ) {
      (self.handle, self.world, self.counter) = (handle, world, counter)
      (rank, size) = (Int(cmpi_rank(handle)), Int(cmpi_size(handle)))
      self.processorsPerRank = processorsPerRank ?? Int(cmpi_processors_per_rank(handle))
    }

    func startBroadcast<T: Transferable>(
      _ x: UnsafeMutableBufferPointer<T>, from root: Int
    ) throws(CommunicationError) -> any Transfer {
      if rank == root { counter.add(x.count, of: T.self) }
      let count = try length(x.count)
      return try MPITransfer("broadcast", in: world) {
        cmpi_broadcast(handle, x.baseAddress, count, T.element.mpi, Int32(root), $0)
      }
    }

    func startAllReduce<T: Transferable>(
      _ x: UnsafeMutableBufferPointer<T>, by reduction: Reduction
    ) throws(CommunicationError) -> any Transfer {
      counter.add(x.count, of: T.self)
      let count = try length(x.count)
      return try MPITransfer("add up", in: world) {
        cmpi_all_reduce(handle, x.baseAddress, count, T.element.mpi, reduction.mpi, $0)
      }
    }

    func startReduceScatter<T: Transferable>(
      _ x: UnsafeBufferPointer<T>, into block: UnsafeMutableBufferPointer<T>,
      by reduction: Reduction
    ) throws(CommunicationError) -> any Transfer {
      try check(x.count, block.count * size, "what is reduced and scattered")
      counter.add(x.count, of: T.self)
      let count = try length(block.count)
      return try MPITransfer("reduce and scatter", in: world) {
        cmpi_reduce_scatter(
          handle, x.baseAddress, block.baseAddress, count, T.element.mpi, reduction.mpi, $0)
      }
    }

    func startAllGather<T: Transferable>(
      _ x: UnsafeBufferPointer<T>, into all: UnsafeMutableBufferPointer<T>, counts: [Int]
    ) throws(CommunicationError) -> any Transfer {
      try check(counts.count, size, "the lengths of what is gathered")
      try check(x.count, counts[rank], "a rank's part of what is gathered")
      try check(all.count, counts.reduce(0, +), "what is gathered")
      counter.add(x.count, of: T.self)
      _ = try length(all.count)
      let table = UnsafeMutablePointer<Int32>.allocate(capacity: 2 * size)
      var start = 0
      for (p, count) in counts.enumerated() {
        (table + p).initialize(to: Int32(count))
        (table + size + p).initialize(to: Int32(start))
        start += count
      }
      return try MPITransfer("gather", in: world, keeping: [table]) {
        cmpi_all_gather(
          handle, x.baseAddress, all.baseAddress, table, table + size, T.element.mpi, $0)
      }
    }

    func startSend<T: Transferable>(
      _ x: UnsafeBufferPointer<T>, to rank: Int, tag: Int
    ) throws(CommunicationError) -> any Transfer {
      counter.add(x.count, of: T.self)
      let count = try length(x.count)
      return try MPITransfer("send", in: world) {
        cmpi_send(handle, x.baseAddress, count, T.element.mpi, Int32(rank), Int32(tag), $0)
      }
    }

    func startReceive<T: Transferable>(
      _ x: UnsafeMutableBufferPointer<T>, from rank: Int, tag: Int
    ) throws(CommunicationError) -> any Transfer {
      let count = try length(x.count)
      return try MPITransfer("receive", in: world) {
        cmpi_receive(handle, x.baseAddress, count, T.element.mpi, Int32(rank), Int32(tag), $0)
      }
    }

    func barrier() throws(CommunicationError) {
      try MPITransfer("meet", in: world) { cmpi_barrier(handle, $0) }.wait()
    }

    /// The split itself waits in the library, but not before every rank has come.
    func split(colour: Int, key: Int) throws(CommunicationError) -> any Communicator {
      try barrier()
      var part: OpaquePointer?
      let code = world.call { cmpi_split(handle, Int32(colour), Int32(key), &part) }
      try world.check("split", code)
      guard let part else { throw .library(call: "split", reason: "no memory") }
      return MPICommunicator(
        part, in: world, counter, processorsPerRank: processorsPerRank)
    }

    func abandon(status: Int32) { world.call { cmpi_abort(status) } }

    private func length(_ count: Int) throws(CommunicationError) -> Int32 {
      guard let length = Int32(exactly: count) else {
        throw .size(what: "one message of MPI", expected: Int(Int32.max), found: count)
      }
      return length
    }
  }

  extension TransferElement {
    fileprivate var mpi: cmpi_type {
      switch self {
      case .float: cmpi_float
      case .double: cmpi_double
      case .integer: cmpi_int64
      case .byte: cmpi_byte
      }
    }
  }

  extension Reduction {
    fileprivate var mpi: cmpi_op {
      switch self {
      case .sum: cmpi_sum
      case .maximum: cmpi_max
      case .minimum: cmpi_min
      }
    }
  }
#endif
