import Distributed
import Tensors
import Testing

@Suite("Communicators of threads")
struct CommunicatorTests {
  private func ramp(_ rank: Int, count: Int = 7) throws -> Tensor<Double> {
    try Tensor(shape: [count], scalars: (0..<count).map { Double($0 + 1) * Double(rank + 1) })
  }

  @Test("A reduction is the sum, the greatest or the least of all ranks' numbers", arguments: 1...5)
  func allReduce(ranks: Int) throws {
    let found = try ThreadCommunicator.run(ranks: ranks) { c in
      var sum = try ramp(c.rank)
      try c.allReduce(&sum)
      return (
        sum, try c.allReduce([c.rank, -c.rank], by: .maximum),
        try c.allReduce([c.rank], by: .minimum)
      )
    }
    let total = try (0..<ranks).map { try ramp($0).scalars }.reduce(Array(repeating: 0, count: 7)) {
      zip($0, $1).map(+)
    }
    #expect(found.count == ranks)
    for (sum, most, least) in found {
      #expect(sum.scalars == total)
      #expect(most == [ranks - 1, 0] && least == [0])
    }
  }

  @Test("Several reductions may be under way, and are waited for in any order")
  func overlapping() throws {
    let found = try ThreadCommunicator.run(ranks: 3) { c in
      let first = try c.startAllReduce(try ramp(c.rank))
      let second = try c.startAllReduce(try ramp(c.rank, count: 2), by: .maximum)
      return (try second.wait().scalars, try first.wait().scalars)
    }
    for (second, first) in found {
      #expect(second == [3, 6])
      #expect(first == [6, 12, 18, 24, 30, 36, 42])
    }
  }

  @Test("Blocks of a reduction, gathered, are the reduction", arguments: 1...4)
  func scatterAndGather(ranks: Int) throws {
    let found = try ThreadCommunicator.run(ranks: ranks) { c in
      let x = try ramp(c.rank, count: 3 * c.size)
      var (block, whole) = (
        Array(repeating: 0.0, count: 3), Array(repeating: 0.0, count: 3 * c.size)
      )
      try x.scalars.withUnsafeBufferPointer { x in
        try block.withUnsafeMutableBufferPointer {
          try c.startReduceScatter(x, into: $0, by: .sum).wait()
        }
      }
      try block.withUnsafeBufferPointer { block in
        try whole.withUnsafeMutableBufferPointer {
          try c.startAllGather(block, into: $0, counts: Array(repeating: 3, count: c.size)).wait()
        }
      }
      var sum = x
      try c.allReduce(&sum)
      return (whole, sum.scalars)
    }
    for (whole, sum) in found { #expect(whole == sum) }
  }

  @Test("Rows are gathered in the order of the ranks, none from a rank that has none")
  func gatherRows() throws {
    let found = try ThreadCommunicator.run(ranks: 3) { c in
      let own = Tensor<Float>(repeating: Float(c.rank), shape: [c.rank, 2])
      return try c.allGather(rowsOf: own, rows: [0, 1, 2])
    }
    for x in found { #expect(x == Tensor(rows: [[1, 1], [2, 2], [2, 2]])) }
  }

  @Test("Messages under one tag arrive in order, whichever way they cross")
  func messages() throws {
    let found = try ThreadCommunicator.run(ranks: 2) { c in
      let other = 1 - c.rank
      for k in 0..<3 { try c.send(try ramp(10 * c.rank + k), to: other, tag: k % 2) }
      var (a, b, d) = (try ramp(0), try ramp(0), try ramp(0))
      try c.receive(&b, from: other, tag: 1)
      try c.receive(&a, from: other, tag: 0)
      try c.receive(&d, from: other, tag: 0)
      return [a, b, d]
    }
    #expect(found[0] == (try (0..<3).map { try ramp(10 + $0) }))
    #expect(found[1] == (try (0..<3).map { try ramp($0) }))
  }

  @Test("Text of the root reaches ranks that do not know its length")
  func broadcast() throws {
    let found = try ThreadCommunicator.run(ranks: 3) { c in
      var x = try ramp(c.rank)
      try c.broadcast(&x, from: 1)
      return (try c.broadcast(c.rank == 2 ? Array("recipe".utf8) : [], from: 2), x)
    }
    for (bytes, x) in found {
      #expect(String(decoding: bytes, as: UTF8.self) == "recipe")
      #expect(x == (try ramp(1)))
    }
  }

  @Test("Parts of a communicator work by themselves, ranks by key")
  func split() throws {
    let found = try ThreadCommunicator.run(ranks: 4) { c in
      let part = try c.split(colour: c.rank % 2, key: -c.rank)
      return (part.rank, part.size, try part.allReduce([c.rank]))
    }
    #expect(found.map(\.0) == [1, 1, 0, 0])
    #expect(found.map(\.1) == [2, 2, 2, 2])
    #expect(found.map(\.2) == [[2], [4], [2], [4]])
  }

  @Test("Traffic is one message of its buffer's bytes for each call that sends")
  func traffic() throws {
    let found = try ThreadCommunicator.run(ranks: 2) { c in
      var x = Tensor<Float>(shape: [5])
      try c.allReduce(&x)
      try c.broadcast(&x)
      if c.rank == 1 { try c.send(x, to: 0) } else { try c.receive(&x, from: 1) }
      let part = try c.split(colour: 0, key: 0)
      _ = try part.allReduce([1.0])
      return c.traffic
    }
    // A split gathers two integers a rank.
    let common = Traffic(messages: 3, bytes: 20 + 8 + 16)
    for traffic in found {
      #expect(traffic == Traffic(messages: common.messages + 1, bytes: common.bytes + 20))
    }
  }

  @Test("A buffer of another length is refused by everyone, not cut")
  func sizes() {
    #expect(throws: CommunicationError.self) {
      try ThreadCommunicator.run(ranks: 2) { c in
        _ = try c.allReduce(Array(repeating: 1, count: 2 + c.rank))
      }
    }
    #expect(throws: CommunicationError.size(what: "a message", expected: 2, found: 3)) {
      try ThreadCommunicator.run(ranks: 2) { c in
        if c.rank == 0 { return try c.send(Tensor<Float>(shape: [3]), to: 1) }
        var x = Tensor<Float>(shape: [2])
        try c.receive(&x, from: 0)
      }
    }
  }

  @Test("A rank that does not come is given up")
  func lost() {
    #expect(throws: CommunicationError.lost(rank: 0, seconds: 0.1)) {
      try ThreadCommunicator.run(ranks: 2, timeout: 0.1) { c in
        if c.rank == 1 { try c.barrier() }
      }
    }
  }

  @Test("When one rank fails, those that wait for it end")
  func abandoned() {
    struct Broken: Error {}
    #expect(throws: Broken.self) {
      try ThreadCommunicator.run(ranks: 3) { c in
        if c.rank == 2 { throw Broken() }
        try c.barrier()
      }
    }
  }

  @Test("A lone rank has everything already")
  func lone() throws {
    let c = LoneRank()
    var x = try ramp(3)
    try c.allReduce(&x)
    try c.broadcast(&x)
    #expect(x == (try ramp(3)))
    #expect(try c.allGather(rowsOf: Tensor<Float>(shape: [2, 3]), rows: [2]).shape == [2, 3])
    #expect(try c.startAllReduce(x).wait() == x)
    #expect(c.traffic == Traffic())
  }
}
