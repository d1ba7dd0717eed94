import Foundation
import Proximal
import Tensors
import Testing

@testable import Lifted

@Suite struct NudgeTests {
  @Test("Without a rescue the nudge stays what it is")
  func constant() throws {
    #expect(try Nudge(0.3).next(after: 7, leastActive: 0) == 0.3)
  }

  @Test("A dead layer raises the nudge, live ones let it come back to beta")
  func rescue() throws {
    let nudge = try Nudge(
      0.5, rescue: Nudge.Rescue(strength: 100, activeBelow: 0.05, annealing: 0.1))
    #expect(nudge.next(after: 0.5, leastActive: 0.04) == 100)
    #expect(nudge.next(after: 0.5, leastActive: 0.05) == 0.5)
    var beta = 100.0
    let path = (0..<4).map { _ in
      beta = nudge.next(after: beta, leastActive: 1)
      return beta
    }
    #expect(path == [10, 1, 0.5, 0.5])
  }

  @Test("A rescue weaker than beta does not lower it")
  func weakRescue() throws {
    let nudge = try Nudge(5, rescue: Nudge.Rescue(strength: 1))
    #expect(nudge.next(after: 5, leastActive: 0) == 5)
  }

  @Test("A nudge reads back as it was written, and nothing out of range is read")
  func decoding() throws {
    let nudge = try Nudge(0.5, rescue: Nudge.Rescue(strength: 3, activeBelow: 0.2, annealing: 0.9))
    for nudge in [nudge, try Nudge(2)] {
      let json = try JSONEncoder().encode(nudge)
      #expect(try JSONDecoder().decode(Nudge.self, from: json) == nudge)
    }
    let rescue = #""activeBelow": 0.2, "annealing": 0.9"#
    for text in [
      #"{"beta": 0}"#, #"{"beta": -1}"#, #"{"beta": 1, "rescue": {"strength": 0, \#(rescue)}}"#,
    ] {
      #expect(throws: SolverError.self) {
        try JSONDecoder().decode(Nudge.self, from: Data(text.utf8))
      }
    }
  }

  @Test("Training raises the nudge for a dead network and anneals it for a live one")
  func inTraining() throws {
    func finalNudge(_ alpha: Double) throws -> Double {
      let network = try Network {
        try dense(6, 10, try SoftThreshold(alpha: alpha))
        try dense(10, 3, Softmax())
      }
      let rescue = try Nudge.Rescue(strength: 64, activeBelow: 0.01, annealing: 0.5)
      let method = OneSweep(
        signal: MirrorSweep(), updates: [try GradientStep(stepSize: 1e-6)],
        nudge: try Nudge(1, rescue: rescue))
      let training = try StochasticTraining(
        network, method: method, batchSize: 8, epochs: 1, seed: 1)
      var state = training.start(from: Parameters<Double>.random(network))
      _ = try training.run(&state, on: TensorSamples(clouds: 3, samples: 16, inputs: 6))
      return state.progress.nudge
    }
    // Two steps: raised at the first, halved at the second, which does not look.
    #expect(try finalNudge(100) == 32)
    #expect(try finalNudge(0.01) == 1)
  }
}
