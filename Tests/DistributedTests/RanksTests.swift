import Testing

@testable import Distributed

@Suite("Ranks that a launcher started")
struct RanksTests {
  @Test("Open MPI, MPICH and srun are told by what they leave in the environment")
  func launchers() throws {
    let open = try #require(
      Ranks.Launch(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"]))
    #expect(open.rank == 2 && open.size == 4)
    let hydra = try #require(Ranks.Launch(["PMI_SIZE": "3", "PMI_RANK": "1"]))
    #expect(hydra.rank == 1 && hydra.size == 3)
    let slurm = try #require(Ranks.Launch(["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7"]))
    #expect(slurm.rank == 7 && slurm.size == 8)
  }

  @Test("A batch script's allocation is no launch, and neither is nonsense")
  func noLaunch() {
    #expect(Ranks.Launch([:]) == nil)
    #expect(Ranks.Launch(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == nil)
    #expect(Ranks.Launch(["OMPI_COMM_WORLD_SIZE": "many"]) == nil)
  }

  @Test("Without a launcher there is one rank")
  func alone() throws {
    let ranks = try Ranks.join(timeout: 1) { _ in }
    #expect(ranks.size == 1 && ranks.isRoot)
    try Ranks.leave(ranks)
  }

  @Test("What to do without MPI is said")
  func withoutMPI() {
    let text = Ranks.withoutMPI(4)
    for word in ["4 ranks", "apt-get install libopenmpi-dev", "make build MPI=1"] {
      #expect(text.contains(word))
    }
  }

  @Test("The error of the first rank that fails is everyone's")
  func agreement() throws {
    struct Broken: Error, CustomStringConvertible { let description: String }
    let found = try ThreadCommunicator.run(ranks: 4) { c -> AgreedError? in
      do {
        _ = try c.inAgreement { if c.rank % 2 == 1 { throw Broken(description: "no \(c.rank)") } }
        return nil
      } catch let error as AgreedError { return error }
    }
    #expect(found == Array(repeating: AgreedError("no 1", rank: 1), count: 4))
    let fine = try ThreadCommunicator.run(ranks: 3) { c in try c.inAgreement { c.rank * 2 } }
    #expect(fine == [0, 2, 4])
  }

  @Test("Another recipe on one rank is everyone's error")
  func sameText() throws {
    #expect(throws: AgreedError.self) {
      try ThreadCommunicator.run(ranks: 3) { c in
        try c.requireSame(c.rank == 2 ? "b" : "a", "recipe")
      }
    }
    _ = try ThreadCommunicator.run(ranks: 3) { c in try c.requireSame("a", "recipe") }
  }
}
