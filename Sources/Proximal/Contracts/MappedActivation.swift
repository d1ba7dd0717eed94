import Tensors

/// A separable activation that a vector mathematics library evaluates over whole arrays.
///
/// A conforming type writes `activate(_:into:count:)` with `TensorScalar.map`; the passes of the
/// training step are then built from it, a cache-sized piece at a time.
public protocol MappedActivation: SeparableActivation {}

extension MappedActivation {
  public func activate<S: TensorScalar>(
    _ z: UnsafeMutablePointer<S>, adding bias: UnsafePointer<S>, into x: UnsafeMutablePointer<S>,
    count: Int
  ) {
    activateInTwoPasses(z, adding: bias, into: x, count: count)
  }

  public func centredDifference<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    centredDifferenceByPieces(at: z, along: u, count: count)
  }

  public func mirrorResidual<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    mirrorResidualByPieces(at: z, along: u, count: count)
  }
}
