import Proximal
import Tensors

extension LayerInversion {
  /// `delta^2`: what `B_Psi(f + e, z)` is to be expected at the truth `f = sigma(z)` for independent noise `e` of
  /// standard deviation `s`, for each row:
  ///
  ///     delta^2 = 1/2 s^2 sum_j phi''(f_j)
  ///
  /// over the numbers that `sigma` does not cut off; `phi'' = 1 + psi''` by second differences of width `s`. For
  /// a rectifier it is `s^2/2` for each positive number. Numbers at an end that `sigma` takes count nothing: they
  /// were set there, or noise has been cut off. Of coupled activations only `1/2 s^2` a number is known.
  public func noiseFidelity(_ noise: Double) -> [Double] {
    let square = noise * noise / 2
    guard let activation = layer.activation as? any SeparableActivation, noise > 0 else {
      return Array(repeating: square * Double(measurements.columns), count: rows)
    }
    return (0..<rows).map { row in
      square * Self.curvatures(measurements.rows(row..<(row + 1)).scalars, activation, noise)
    }
  }

  /// `sum_j phi''(f_j)`.
  private static func curvatures(
    _ f: [S], _ activation: some SeparableActivation, _ noise: Double
  ) -> Double {
    let range = ActivationRange(of: activation)
    return f.reduce(0) { sum, f in
      let f = Double(f)
      let room = min(f - range.lower, range.upper - f)
      guard room > 0 else { return sum }
      let width = min(noise, room / 2)
      let psi: (Double) -> Double = { activation.value(of: $0) }
      let second = psi(f + width) + psi(f - width) - 2 * psi(f)
      return sum + 1 + second / (width * width)
    }
  }
}
