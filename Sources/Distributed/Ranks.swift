import Foundation

/// The ranks that `mpirun` or `srun` started this program as.
public enum Ranks {
  /// What the environment says of a start by a launcher.
  struct Launch: Equatable {
    let rank: Int
    let size: Int

    /// Nil where no launcher is at work.
    init?(_ environment: [String: String]) {
      let names = [
        ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"),
        ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
      ]
      for (size, rank) in names {
        if let size = environment[size].flatMap({ Int($0) }), size >= 1 {
          (self.rank, self.size) = (environment[rank].flatMap { Int($0) } ?? 0, size)
          return
        }
      }
      return nil
    }
  }

  /// Whether this program was built with MPI.
  public static var isAvailable: Bool {
    #if MPI
      true
    #else
      false
    #endif
  }

  /// This process's rank and how many there are by the environment, before any communication; rank 0 of 1
  /// without a launcher.
  public static var launched: (rank: Int, size: Int) {
    let launch = Launch(ProcessInfo.processInfo.environment)
    return (launch?.rank ?? 0, launch?.size ?? 1)
  }

  /// Lets rank 0 say what is wrong before this rank ends with an error, where ranks cannot talk: the launcher
  /// ends the others when the first of them has.
  public static func letRootSpeak() {
    if launched.rank > 0 { Thread.sleep(forTimeInterval: 1) }
  }

  /// The communicator of all ranks: by MPI if a launcher started several, else a ``LoneRank``.
  /// - Parameters:
  ///   - timeout: seconds without a sign of life after which a rank is given up, and all end.
  ///   - lament: what to do with the line that says so, before the end.
  /// - Throws: ``CommunicationError/unavailable(_:)`` if several ranks are asked for and this program
  ///   was built without MPI, or with another library than the launcher's.
  public static func join(
    timeout: Double, lament: @escaping @Sendable (String) -> Void
  ) throws(CommunicationError) -> any Communicator {
    guard let launch = Launch(ProcessInfo.processInfo.environment) else { return LoneRank() }
    #if MPI
      return try MPIWorld.join(expecting: launch.size, timeout: timeout, lament: lament)
    #else
      guard launch.size == 1 else { throw .unavailable(withoutMPI(launch.size)) }
      return LoneRank()
    #endif
  }

  static func withoutMPI(_ ranks: Int) -> String {
    "started as \(ranks) ranks, but this program was built without MPI; install it (Debian, Ubuntu: "
      + "apt-get install libopenmpi-dev openmpi-bin) and build with: make build MPI=1"
  }

  /// Says good-bye to the other ranks, where there are any, so that the launcher sees an orderly end.
  /// Returns when all have come to their end. That may take rank 0 long, which writes a report; a rank that
  /// has not come after 30 times the timeout is given up as if it were dead.
  /// - Throws: ``CommunicationError`` if the others cannot be met.
  public static func leave(_ communicator: any Communicator) throws(CommunicationError) {
    #if MPI
      try MPIWorld.leave(communicator)
    #endif
  }

  /// Threads for each rank, so that those of one machine use its processors once.
  public static func processorsPerRank(_ communicator: any Communicator) -> Int? {
    #if MPI
      (communicator as? MPICommunicator)?.processorsPerRank
    #else
      nil
    #endif
  }
}
