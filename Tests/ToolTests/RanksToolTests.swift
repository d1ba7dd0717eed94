import Distributed
import Testing

/// What the tool does as one of several processes; Scripts/test-mpi starts it under mpirun.
@Suite struct RanksToolTests {
  @Test(
    "Built without MPI, several ranks are one line about how to build it, from the first of them",
    .enabled(if: !Ranks.isAvailable))
  func withoutMPI() throws {
    let place = try Workplace.tiny()
    for (size, rank) in [
      ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"),
    ] {
      for command in [["train", "tiny.yaml", "--folder", "run"], ["resume", "nothing"]] {
        try Tool.expectComplaint(
          command, in: place, saying: ["2 ranks", "libopenmpi-dev", "make build MPI=1"],
          environment: [size: "2", rank: "0"])
        let other = try Tool.run(command, in: place, environment: [size: "2", rank: "1"])
        #expect(other.status == 1 && other.complaint.isEmpty && other.output.isEmpty)
      }
    }
    #expect(!place.exists("run"))
  }

  @Test("Commands that share nothing out refuse to run several times at once")
  func otherCommands() throws {
    let place = try Workplace.tiny()
    for command in [["compare", "tiny.yaml", "--folder", "run"], ["recipes"]] {
      try Tool.expectComplaint(
        command, in: place, saying: ["3 ranks", "without mpirun"],
        environment: ["OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "0"])
    }
    #expect(!place.exists("run"))
  }

  @Test("One process in the deterministic order goes on in it, whatever the threads")
  func deterministicAlone() throws {
    let place = try Workplace.tiny()
    let train = ["train", "tiny.yaml", "-q", "--folder"]
    for (folder, more) in [
      ("plain", []), ("exact", ["--reduction", "deterministic", "--threads", "1"]),
      ("again", ["--reduction", "deterministic", "--threads", "3"]),
      ("seven", ["--reduction", "deterministic", "--shards", "7"]),
    ] {
      let outcome = try Tool.run(train + [folder] + more, in: place)
      #expect(outcome.status == 0, "\(outcome.complaint)")
    }
    #expect(try place.same("exact/last.safetensors", "again/last.safetensors"))
    #expect(try !place.same("exact/last.safetensors", "plain/last.safetensors"))
    #expect(try !place.same("exact/last.safetensors", "seven/last.safetensors"))
    try Tool.expectComplaint(
      ["train", "tiny.yaml", "--shards", "1000"], in: place, saying: ["shards", "50 samples"])
    try Tool.expectComplaint(
      ["train", "tiny.yaml", "--shards", "0"], in: place, status: 64, saying: ["--shards"])
    try Tool.expectComplaint(
      ["train", "tiny.yaml", "--timeout", "0"], in: place, status: 64, saying: ["--timeout"])
  }
}
