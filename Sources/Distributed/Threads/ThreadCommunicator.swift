import Foundation

/// Ranks that are threads of one process: for tests, and to try things without MPI.
///
/// Reductions add up in the order of the ranks. Every rank has its own ``Tensors/WorkerPool`` or none.
public final class ThreadCommunicator: Communicator, @unchecked Sendable {
  public let rank: Int
  public var size: Int { exchange.size }
  public var traffic: Traffic { counter.traffic }
  private let exchange: Exchange
  private let counter: TrafficCounter
  private var round = 0
  private var letters: [Exchange.Route: Int] = [:]

  private init(rank: Int, _ exchange: Exchange, _ counter: TrafficCounter) {
    (self.rank, self.exchange, self.counter) = (rank, exchange, counter)
  }

  /// Runs `body` as every one of `ranks` ranks at the same time, and returns what each returns.
  /// - Parameters:
  ///   - ranks: how many, at least 1.
  ///   - timeout: seconds until a rank that does not come is given up.
  ///   - body: what a rank does.
  /// - Throws: what the first rank to fail threw; the others are told and end, too.
  public static func run<Result: Sendable>(
    ranks: Int, timeout: Double = 60,
    _ body: @escaping @Sendable (ThreadCommunicator) throws -> Result
  ) throws -> [Result] {
    let exchange = Exchange(size: ranks, patience: timeout)
    let outcomes = Outcomes<Result>()
    let group = DispatchGroup()
    for rank in 0..<ranks {
      group.enter()
      let thread = Thread {
        do {
          outcomes.note(try body(ThreadCommunicator(rank: rank, exchange, TrafficCounter())), rank)
        } catch {
          outcomes.note(error)
          exchange.give(up: .abandoned(rank: rank))
        }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return try outcomes.results(ranks)
  }

  public func startBroadcast<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, from root: Int
  ) -> any Transfer {
    collective(
      UnsafeBufferPointer(rank == root ? x : .init(start: nil, count: 0)), sends: rank == root
    ) {
      (parts) throws(CommunicationError) in
      try self.check(parts[root].count, x.count, "a broadcast")
      _ = x.update(from: parts[root])
    }
  }

  public func startAllReduce<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, by reduction: Reduction
  ) -> any Transfer {
    collective(UnsafeBufferPointer(x)) { (parts) throws(CommunicationError) in
      for part in parts { try self.check(part.count, x.count, "a reduction") }
      for i in x.indices {
        x[i] = parts.dropFirst().reduce(parts[0][i]) { reduction.of($0, $1[i]) }
      }
    }
  }

  public func startReduceScatter<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, into block: UnsafeMutableBufferPointer<T>, by reduction: Reduction
  ) throws(CommunicationError) -> any Transfer {
    try check(x.count, block.count * size, "what is reduced and scattered")
    let start = rank * block.count
    return collective(x) { (parts) throws(CommunicationError) in
      for part in parts { try self.check(part.count, block.count * self.size, "a reduction") }
      for i in block.indices {
        block[i] = parts.dropFirst().reduce(parts[0][start + i]) { reduction.of($0, $1[start + i]) }
      }
    }
  }

  public func startAllGather<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, into all: UnsafeMutableBufferPointer<T>, counts: [Int]
  ) throws(CommunicationError) -> any Transfer {
    try check(counts.count, size, "the lengths of what is gathered")
    try check(x.count, counts[rank], "a rank's part of what is gathered")
    try check(all.count, counts.reduce(0, +), "what is gathered")
    return collective(x) { (parts) throws(CommunicationError) in
      for (part, count) in zip(parts, counts) {
        try self.check(part.count, count, "a rank's part of what is gathered")
      }
      _ = all.update(fromContentsOf: parts.joined())
    }
  }

  public func startSend<T: Transferable>(
    _ x: UnsafeBufferPointer<T>, to rank: Int, tag: Int
  ) -> any Transfer {
    precondition(rank != self.rank && (0..<size).contains(rank), "a message to rank \(rank)")
    counter.add(x.count, of: T.self)
    exchange.leave(bytes(of: x), as: next(from: self.rank, to: rank, tag))
    return DoneTransfer()
  }

  public func startReceive<T: Transferable>(
    _ x: UnsafeMutableBufferPointer<T>, from rank: Int, tag: Int
  ) -> any Transfer {
    precondition(rank != self.rank && (0..<size).contains(rank), "a message from rank \(rank)")
    return ThreadTransfer(exchange, .letter(next(from: rank, to: self.rank, tag)), from: rank) {
      (parts) throws(CommunicationError) in
      let values = self.values(of: parts[0], as: T.self)
      try self.check(values.count, x.count, "a message")
      _ = x.update(from: values)
    }
  }

  public func barrier() throws(CommunicationError) {
    try collective(UnsafeBufferPointer<UInt8>(start: nil, count: 0), sends: false) {
      (_) throws(CommunicationError) in
    }.wait()
  }

  public func split(colour: Int, key: Int) throws(CommunicationError) -> any Communicator {
    var all = Array(repeating: 0, count: 2 * size)
    let number = round
    let counts = Array(repeating: 2, count: size)
    let own = [colour, key]
    let result = all.withUnsafeMutableBufferPointer { all in
      own.withUnsafeBufferPointer { own in
        Result { () throws(CommunicationError) in
          try startAllGather(own, into: all, counts: counts).wait()
        }
      }
    }
    try result.get()
    let members = (0..<size).filter { all[2 * $0] == colour }
      .sorted { (all[2 * $0 + 1], $0) < (all[2 * $1 + 1], $1) }
    let part = exchange.part([number, colour], size: members.count)
    return ThreadCommunicator(rank: members.firstIndex(of: rank) ?? 0, part, counter)
  }

  /// Makes all other ranks throw.
  public func abandon(status: Int32) { exchange.give(up: .abandoned(rank: rank)) }
}

extension ThreadCommunicator {
  private func next(from: Int, to: Int, _ tag: Int) -> Exchange.Letter {
    let route = Exchange.Route(from: from, to: to, tag: tag)
    letters[route, default: 0] += 1
    return Exchange.Letter(route: route, number: letters[route] ?? 0)
  }

  private func collective<T: Transferable>(
    _ own: UnsafeBufferPointer<T>, sends: Bool = true,
    _ finish: @escaping ([[T]]) throws(CommunicationError) -> Void
  ) -> any Transfer {
    if sends { counter.add(own.count, of: T.self) }
    exchange.leave(bytes(of: own), by: rank, round: round)
    defer { round += 1 }
    return ThreadTransfer(exchange, .round(round), from: (rank + 1) % size) {
      (parts) throws(CommunicationError) in
      try finish(parts.map { self.values(of: $0, as: T.self) })
    }
  }

  private func bytes<T: Transferable>(of x: UnsafeBufferPointer<T>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(x))
  }

  private func values<T: Transferable>(of bytes: [UInt8], as type: T.Type) -> [T] {
    let count = bytes.count / MemoryLayout<T>.stride
    return Array(unsafeUninitializedCapacity: count) { target, initialized in
      UnsafeMutableRawBufferPointer(target).copyBytes(from: bytes)
      initialized = count
    }
  }
}

/// What other threads will have left.
private final class ThreadTransfer: Transfer {
  private let exchange: Exchange
  private let awaited: Exchange.Awaited
  private let source: Int
  private let finish: ([[UInt8]]) throws(CommunicationError) -> Void
  private var isFinished = false

  init(
    _ exchange: Exchange, _ awaited: Exchange.Awaited, from source: Int,
    _ finish: @escaping ([[UInt8]]) throws(CommunicationError) -> Void
  ) {
    (self.exchange, self.awaited, self.source, self.finish) = (exchange, awaited, source, finish)
  }

  func isDone() throws(CommunicationError) -> Bool {
    if !isFinished, let found = exchange.take(awaited) { try end(found) }
    return isFinished
  }

  func wait() throws(CommunicationError) {
    if !isFinished { try end(try exchange.wait(for: awaited, from: source)) }
  }

  private func end(_ found: [[UInt8]]) throws(CommunicationError) {
    isFinished = true
    try finish(found)
  }
}

/// What the ranks have returned, and the first error.
private final class Outcomes<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [Int: Value] = [:]
  private var error: (any Error)?

  func note(_ value: Value, _ rank: Int) { lock.withLock { values[rank] = value } }
  func note(_ error: any Error) { lock.withLock { self.error = self.error ?? error } }

  func results(_ ranks: Int) throws -> [Value] {
    if let error { throw error }
    return (0..<ranks).compactMap { values[$0] }
  }
}
