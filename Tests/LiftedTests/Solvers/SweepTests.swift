import Testing

@testable import Lifted

@Suite struct SweepTests {
  @Test("Each sweep visits every variable once, in its order")
  func groups() {
    let variables = [0, 1, 2, 3, 4]
    #expect(Sweep.backward.groups(of: variables) == [[4], [3], [2], [1], [0]])
    #expect(Sweep.forward.groups(of: variables) == [[0], [1], [2], [3], [4]])
    #expect(Sweep.jacobi.groups(of: variables) == [[0, 1, 2, 3, 4]])
    #expect(Sweep.redBlack.groups(of: variables) == [[1, 3], [0, 2, 4]])
  }

  @Test("No sweep visits what is clamped", arguments: Sweep.allCases)
  func subsets(_ sweep: Sweep) {
    #expect(sweep.groups(of: []).isEmpty)
    #expect(sweep.groups(of: [2, 4]).flatMap { $0 }.sorted() == [2, 4])
    #expect(sweep.groups(of: [2, 4]).allSatisfy { !$0.isEmpty })
  }

  @Test("The variables of a red-black group are not neighbours")
  func colours() {
    for group in Sweep.redBlack.groups(of: Array(0...9)) {
      #expect(zip(group, group.dropFirst()).allSatisfy { $1 - $0 >= 2 })
    }
  }
}
