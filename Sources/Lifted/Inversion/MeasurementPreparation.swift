import Proximal
import RealModule
import Tensors

/// Makes measurements with noise such that their inversion has an answer:
///
///     f <- P(f), the projection onto the closed range of sigma; outside B_Psi(f, .) is unbounded
///     f <- 0 where f < k s, s the standard deviation of the noise, for ranges that start at 0
///
/// A rectifier gives 0 for every negative pre-activation. With noise half of these zeros are small positive
/// numbers, and a measurement `f > 0` of a unit at `z < 0` costs `f |z|`, much more than noise: the second line takes
/// it back. By default `k = sqrt(2 log outputs)`, which noise alone hardly exceeds. Ends
/// that `sigma` only tends to (tanh, sigmoid) are approached up to a margin, `s` or 1e-3, since a measurement
/// there asks for an infinite pre-activation.
///
/// Source of the threshold: Donoho and Johnstone, Biometrika 81, 1994.
public struct MeasurementPreparation: Sendable, Equatable {
  /// `s`, in units of the measurements; `nil` if unknown, and then nothing is set to 0.
  public let noise: Double?
  /// `k`, at least 0; `nil` for `sqrt(2 log outputs)`, the universal threshold.
  public let deviations: Double?

  /// - Throws: ``SolverError/outOfRange(parameter:value:admissible:)``.
  public init(noise: Double? = nil, deviations: Double? = nil) throws(SolverError) {
    for (name, value) in [("noise", noise ?? 0), ("deviations", deviations ?? 0)]
    where !(value >= 0 && value.isFinite) {
      throw .outOfRange(parameter: name, value: value, admissible: "a finite number, at least 0")
    }
    (self.noise, self.deviations) = (noise, deviations)
  }

  /// Prepares a batch. Activations that act on each number are projected onto their range, others by
  /// `prox_{t Psi}`, `t` small, and only rows that lie outside.
  public func prepare<S: TensorScalar>(
    _ measurements: Tensor<S>, for activation: any Activation
  ) -> PreparedMeasurements<S> {
    if let activation = activation as? any SeparableActivation {
      return prepare(measurements, within: ActivationRange(of: activation))
    }
    var prepared = PreparedMeasurements(measurements)
    let width = measurements.columns
    prepared.measurements.withMutablePointer { f in
      for row in 0..<measurements.rows {
        let f = f + row * width
        guard !activation.value(of: f, count: width).isFinite else { continue }
        activation.prox(of: f, step: 1e-3, into: f, count: width)
        prepared.clipped[row] = width
      }
    }
    return prepared
  }

  private func prepare<S: TensorScalar>(
    _ measurements: Tensor<S>, within range: ActivationRange
  ) -> PreparedMeasurements<S> {
    var prepared = PreparedMeasurements(measurements)
    let margin = min(max(noise ?? 0, 1e-3), (range.upper - range.lower) / 4)
    let lower = S(range.takesLower ? range.lower : range.lower + margin)
    let upper = S(range.takesUpper ? range.upper : range.upper - margin)
    let isHinged = range.lower == 0 && range.takesLower
    let width = measurements.columns
    let deviations = deviations ?? (2 * Double.log(Double(max(width, 1)))).squareRoot()
    let threshold = S(isHinged ? deviations * (noise ?? 0) : 0)
    prepared.measurements.withMutablePointer { f in
      for row in 0..<measurements.rows {
        for i in (row * width)..<((row + 1) * width) {
          let inside = min(max(f[i], lower), upper)
          if inside != f[i] { prepared.clipped[row] += 1 }
          let isNoise = isHinged && inside > 0 && inside < threshold
          if isNoise { prepared.zeroed[row] += 1 }
          f[i] = isNoise ? 0 : inside
        }
      }
    }
    return prepared
  }
}

/// Measurements inside the range, and how many numbers of each row were changed.
public struct PreparedMeasurements<S: TensorScalar>: Sendable, Equatable {
  /// One in each row.
  public internal(set) var measurements: Tensor<S>
  /// Numbers that lay outside the range.
  public internal(set) var clipped: [Int]
  /// Numbers that were taken for noise and set to 0.
  public internal(set) var zeroed: [Int]

  init(_ measurements: Tensor<S>) {
    self.measurements = measurements
    clipped = Array(repeating: 0, count: measurements.rows)
    zeroed = clipped
  }
}
