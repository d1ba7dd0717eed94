import RealModule
import Tensors

/// The peak signal-to-noise ratio in dB,
///
///     PSNR = 10 log10(range^2 / MSE),   MSE = mean (x - r)^2
///
/// over all numbers of a picture; infinite for equal pictures.
public struct PeakSignalToNoise: Sendable, Equatable {
  /// The greatest less the least possible number: 1 for pictures in [0, 1], 255 for 8-bit codes.
  public let dataRange: Double

  /// The ratio for pictures of a data range, greater than 0.
  public init(dataRange: Double) {
    precondition(dataRange > 0 && dataRange.isFinite, "data range \(dataRange)")
    self.dataRange = dataRange
  }

  /// One value for each picture of a batch, one in each row.
  public func callAsFunction<S: TensorScalar>(
    _ x: Tensor<S>, reference: Tensor<S>
  ) -> [Double] {
    precondition(
      x.rows == reference.rows && x.columns == reference.columns,
      "pictures of \(x.shape) and reference of \(reference.shape)")
    let columns = x.columns
    return x.withPointer { x in
      reference.withPointer { r in
        (0..<reference.rows).map { row in
          let error = squaredDistance(x + row * columns, r + row * columns, count: columns)
          return 10 * Double.log10(dataRange * dataRange * Double(columns) / error)
        }
      }
    }
  }

  @_specialize(where S == Float)
  @_specialize(where S == Double)
  private func squaredDistance<S: TensorScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, count: Int
  ) -> Double {
    var sum = 0.0
    for i in 0..<count {
      let difference = Double(x[i]) - Double(y[i])
      sum += difference * difference
    }
    return sum
  }
}
