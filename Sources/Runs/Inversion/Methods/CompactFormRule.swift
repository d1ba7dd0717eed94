import Lifted
import Tensors

/// `rule: compactForm`, for monotone residual networks: all variables at once, convex where the certificate holds.
/// See `ResidualInversion`.
struct CompactFormRule: InversionRule {
  static let word = "compactForm"
  let iterations: Int
  let lambda: Double
  let rho: Double?
  let multipliers: Int?

  init(_ reader: inout StrictReader) throws {
    iterations = try reader.optional("iterations") ?? 2000
    try reader.require(iterations, in: 1...10_000_000, "iterations")
    lambda = try reader.optional("lambda") ?? 2
    rho = try reader.optional("rho")
    multipliers = try reader.optional("multipliers")
    try reader.require(multipliers, in: 1...1_000_000, "multipliers")
    try reader.requirePositive(lambda, "lambda")
    try reader.requirePositive(rho, "rho")
  }

  func write(to writer: inout RecipeWriter) throws {
    try writer.write(iterations, "iterations")
    try writer.write(lambda, "lambda")
    if let rho { try writer.write(rho, "rho") }
    if let multipliers { try writer.write(multipliers, "multipliers") }
  }

  func solve(
    _ problem: InversionProblem, on pool: WorkerPool, observe: InversionObserver
  ) throws -> InversionAnswer {
    let inversion = try ResidualInversion(
      problem.monotoneResidual, inputPenalty: try problem.deepPenalty, lambda: lambda, rho: rho,
      multipliers: multipliers, on: pool)
    var answer = try problem.answer(
      by: inversion, iterations: iterations, on: pool, observe: observe)
    answer.notes.append(Self.words(try inversion.certificate))
    return answer
  }

  private static func words(_ certificate: ConvexityCertificate) -> String {
    let eigenvalue = String(format: "%.3g", certificate.smallestEigenvalue)
    let least = certificate.leastRho.map { String(format: "%.4g", $0) } ?? "none"
    return certificate.isCertified
      ? "The problem is convex: the least eigenvalue of Q is \(eigenvalue) at rho = \(certificate.rho); "
        + "the least rho that suffices is \(least)."
      : "The problem is not certified to be convex: the least eigenvalue of Q is \(eigenvalue) at rho = "
        + "\(certificate.rho); the least rho that suffices is \(least)."
  }
}
