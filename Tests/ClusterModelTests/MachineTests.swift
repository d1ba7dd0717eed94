import Foundation
import Testing

@testable import ClusterModel

@Suite("Machines and jobs")
struct MachineTests {
  private func table() throws -> ProductRates {
    try ProductRates(rows: [1, 16], widths: [10, 1000], rates: [[1, 4], [9, 36]])
  }

  @Test("Rates are the table's at its entries, geometric means between them, its edge beyond")
  func interpolation() throws {
    let rates = try table()
    #expect(agree(rates.rate(rows: 1, width: 10), 1))
    #expect(agree(rates.rate(rows: 16, width: 1000), 36))
    #expect(agree(rates.rate(rows: 4, width: 10), 3))
    #expect(agree(rates.rate(rows: 1, width: 100), 2))
    #expect(agree(rates.rate(rows: 4, width: 100), 6))
    #expect(agree(rates.rate(rows: 0.1, width: 1), 1))
    #expect(agree(rates.rate(rows: 400, width: 100_000), 36))
    #expect(agree(rates.seconds(rows: 4, width: 100), 2 * 4 * 100 * 100 / 6))
  }

  @Test("Tables that are none are refused, in a file as well")
  func refusals() throws {
    for (rows, widths, rates) in [
      ([], [1], []), ([2, 1], [1], [[1], [1]]), ([1], [1, 2], [[1]]), ([1], [1], [[0]]),
      ([1], [1], [[Double.nan]]), ([0], [1], [[1]]),
    ] as [([Int], [Int], [[Double]])] {
      #expect(throws: ModelError.self) {
        try ProductRates(rows: rows, widths: widths, rates: rates)
      }
    }
    let bad = Data(#"{"rows": [1], "widths": [1], "rates": [[-1]]}"#.utf8)
    #expect(throws: ModelError.self) { try JSONDecoder().decode(ProductRates.self, from: bad) }
    let data = try JSONEncoder().encode(Sample.node(perNumber: 1, perWeight: 2))
    let text = try #require(String(data: data, encoding: .utf8))
    for (good, bad) in [
      ("\"secondsPerNumber\":1", "\"secondsPerNumber\":-1"),
      ("\"secondsPerWeight\":2", "\"secondsPerWeight\":-2"),
    ] {
      let spoiled = text.replacing(good, with: bad)
      #expect(spoiled != text)
      #expect(throws: ModelError.self) {
        try JSONDecoder().decode(Node.self, from: Data(spoiled.utf8))
      }
    }
    #expect(throws: ModelError.self) { try Interconnect(latency: -1, bandwidth: 1) }
    #expect(throws: ModelError.self) { try Interconnect(latency: 0, bandwidth: 0) }
    #expect(throws: ModelError.self) {
      try Interconnect(latency: 0, bandwidth: 1, sumBandwidth: .nan)
    }
    #expect(throws: ModelError.self) { try Job(depth: 0, width: 1, batch: 1) }
    #expect(throws: ModelError.self) { try Grid(stages: 1, replicas: 0) }
  }

  @Test("A cluster survives its file")
  func roundTrip() throws {
    let cluster = try Sample.cluster(latency: 1e-6, bandwidth: 1e9, sharing: 4, cores: 2)
    let data = try JSONEncoder().encode(cluster)
    #expect(try JSONDecoder().decode(Cluster.self, from: data) == cluster)
  }

  @Test("Stages share the layers out, each once, as even as can be")
  func stages() throws {
    let job = try Job(depth: 10, width: 1, batch: 1)
    let parts = (0..<4).map { job.layers(ofStage: $0, of: 4) }
    #expect(parts.flatMap(Array.init) == Array(0..<10))
    #expect(Set(parts.map(\.count)) == [2, 3])
  }

  @Test("Memory is weights, gradients and two numbers a variable of the fullest rank")
  func memory() throws {
    let job = try Job(depth: 10, width: 100, batch: 8)
    #expect(try Grid(stages: 4, replicas: 2).bytesOfMemory(job) == 2 * 3 * (40_000 + 4 * 100 * 4))
  }
}
