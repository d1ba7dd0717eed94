import ClusterModel
import Distributed
import Tensors

/// Latency and bandwidth between the first and the last rank, and times that all ranks take together.
struct InterconnectTimings {
  let communicator: any Communicator

  /// `L` by messages of one number, `B` by messages of 4 MB there and back, that of sums by one of 4 MB;
  /// free for one rank.
  func interconnect() throws -> Interconnect {
    guard communicator.size > 1 else {
      return try Interconnect(latency: 0, bandwidth: .greatestFiniteMagnitude)
    }
    let latency = try secondsOfMessage(count: 1, repetitions: 20)
    let count = 1 << 20
    let large = try secondsOfMessage(count: count, repetitions: 2)
    var x = Tensor<Float>(repeating: 1, shape: [count])
    let sum = try mean { try communicator.allReduce(&x) }
    let moved = 2 * Double(communicator.size - 1) / Double(communicator.size) * Double(4 * count)
    return try Interconnect(
      latency: latency, bandwidth: Double(4 * count) / max(large - latency, 1e-9),
      sumBandwidth: moved / sum)
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
