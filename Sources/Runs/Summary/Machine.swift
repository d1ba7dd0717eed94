import Foundation

/// The machine a run was made on.
public struct Machine: Codable, Equatable, Sendable {
  /// Name of the processor.
  public var processor: String
  /// Logical processors the process may use.
  public var cores: Int
  /// Threads the run used.
  public var threads: Int
  /// Name and version of the operating system.
  public var operatingSystem: String
  /// Name of the linear algebra library, if known.
  public var linearAlgebra: String?

  /// A machine described by given words.
  public init(
    processor: String, cores: Int, threads: Int, operatingSystem: String,
    linearAlgebra: String? = nil
  ) {
    self.processor = processor
    self.cores = cores
    self.threads = threads
    self.operatingSystem = operatingSystem
    self.linearAlgebra = linearAlgebra
  }

  /// The machine this process runs on.
  public static func current(
    threads: Int, linearAlgebra: String? = nil
  ) -> Machine {
    Machine(
      processor: processorName() ?? "unknown processor",
      cores: ProcessInfo.processInfo.activeProcessorCount, threads: threads,
      operatingSystem: systemName(), linearAlgebra: linearAlgebra)
  }

  /// The most memory the process has held at once, in bytes.
  ///
  /// Linux: `VmHWM`, since `ru_maxrss` also counts the process that started this one; elsewhere,
  /// and where `/proc` is missing, `getrusage` (KiB on Linux, bytes on macOS).
  public static func peakMemoryBytes() -> Int {
    #if os(Linux)
      let line = value(of: "VmHWM", in: "/proc/self/status", separator: ":")
      if let kibibytes = line?.split(separator: " ").first.flatMap({ Int($0) }) {
        return kibibytes * 1024
      }
      return usage.ru_maxrss * 1024
    #else
      return usage.ru_maxrss
    #endif
  }

  /// Seconds of processor time that this process has used, user and system, on all its threads.
  public static func cpuSeconds() -> Double {
    let usage = usage
    return [usage.ru_utime, usage.ru_stime].reduce(0) {
      $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
    }
  }

  /// What this process has used; zeros where the system does not tell.
  private static var usage: rusage {
    var usage = rusage()
    #if os(Linux)
      let code = getrusage(RUSAGE_SELF.rawValue, &usage)
    #else
      let code = getrusage(RUSAGE_SELF, &usage)
    #endif
    return code == 0 ? usage : rusage()
  }

  private static func processorName() -> String? {
    #if os(Linux)
      return value(of: "model name", in: "/proc/cpuinfo", separator: ":")
    #else
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return nil }
      var name = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0) == 0 else { return nil }
      return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    #endif
  }

  private static func systemName() -> String {
    let name = value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=")
    return name?.trimmingCharacters(in: ["\""])
      ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  /// What follows `key` and the separator on the first line that starts with the key.
  private static func value(of key: String, in path: String, separator: Character) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let position = line.firstIndex(of: separator)
    else { return nil }
    let found = line[line.index(after: position)...].trimmingCharacters(in: .whitespaces)
    return found.isEmpty ? nil : found
  }
}
