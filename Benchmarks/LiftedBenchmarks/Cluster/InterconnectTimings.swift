import ClusterModel
import Distributed
import Tensors

/// Latency and bandwidth between the first and the last rank, and times that all ranks take together.
struct InterconnectTimings {
  let communicator: any Communicator
  /// Longer messages wait for the receiver, see ``Interconnect/eagerBytes``.
  let eagerBytes: Double?

  /// `L` by messages of one number, `B` by messages of 4 MB there and back, that of sums by one of 4 MB;
  /// free for one rank.
  func interconnect() throws -> Interconnect {
    guard communicator.size > 1 else {
      return try Interconnect(latency: 0, bandwidth: .greatestFiniteMagnitude)
    }
    let count = 1 << 20
    let (bytes, ranks) = (Double(4 * count), communicator.size)
    let latency = try secondsOfMessage(count: 1, repetitions: 20)
    let large = try secondsOfMessage(count: count, repetitions: 2)
    var x = Tensor<Float>(repeating: 1, shape: [count])
    let sum = try mean { try communicator.allReduce(&x) }
    // What a link without end would leave of both times is the waiting.
    let free = try Interconnect(
      latency: latency, bandwidth: .greatestFiniteMagnitude, eagerBytes: eagerBytes)
    let waiting = free.allReduce(bytes, ranks: ranks, by: .ring)
    return try Interconnect(
      latency: latency, bandwidth: bytes / max(large - free.delay(bytes), 0.1 * large),
      sumBandwidth: 2 * Double(ranks - 1) / Double(ranks) * bytes / max(sum - waiting, 0.1 * sum),
      eagerBytes: eagerBytes)
  }

  /// Seconds of a message one way: half of there and back.
  private func secondsOfMessage(count: Int, repetitions: Int) throws -> Double {
    let last = communicator.size - 1
    var x = Tensor<Float>(repeating: 1, shape: [count])
    return try mean {
      for _ in 0..<repetitions {
        if communicator.rank == 0 {
          try communicator.send(x, to: last)
          try communicator.receive(&x, from: last)
        } else if communicator.rank == last {
          try communicator.receive(&x, from: 0)
          try communicator.send(x, to: 0)
        }
      }
    } / Double(2 * repetitions)
  }

  /// The mean seconds that all ranks together need for something, over a fifth of a second; known to all.
  func mean(_ body: () throws -> Void) throws -> Double {
    try body()
    let clock = ContinuousClock()
    var (whole, rounds) = (0.0, 0.0)
    while rounds < 3 || whole < 0.2 {
      try communicator.barrier()
      let seconds = try clock.measure(body) / .seconds(1)
      whole += try communicator.allReduce([seconds], by: .maximum)[0]
      rounds += 1
    }
    return whole / rounds
  }
}
