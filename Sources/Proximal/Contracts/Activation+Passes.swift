import Tensors

// The passes of the training step for functions that act on arrays: rows of coupled functions stay
// whole, separable functions are cut into pieces that stay in the cache.
extension Activation {
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

  func activateInTwoPasses<S: TensorScalar>(
    _ z: UnsafeMutablePointer<S>, adding bias: UnsafePointer<S>, into x: UnsafeMutablePointer<S>,
    count: Int
  ) {
    elementwise(z, bias, into: z, count: count, { $0 + $1 }, { $0 + $1 })
    activate(UnsafePointer(z), into: x, count: count)
  }

  func centredDifferenceByPieces<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    forEachPiece(of: count) { start, count, buffer in
      let (z, u) = (z + start, u + start)
      elementwise(z, u, into: buffer, count: count, { $0 - $1 / 2 }, { $0 - $1 / 2 })
      elementwise(z, u, into: u, count: count, { $0 + $1 / 2 }, { $0 + $1 / 2 })
      activate(UnsafePointer(buffer), into: buffer, count: count)
      activate(UnsafePointer(u), into: u, count: count)
      elementwise(u, buffer, into: u, count: count, { $0 - $1 }, { $0 - $1 })
    }
  }

  func mirrorResidualByPieces<S: TensorScalar>(
    at z: UnsafePointer<S>, along u: UnsafeMutablePointer<S>, count: Int
  ) {
    forEachPiece(of: count) { start, count, buffer in
      let (z, u) = (z + start, u + start)
      elementwise(z, u, into: u, count: count, { $0 - $1 }, { $0 - $1 })
      activate(z, into: buffer, count: count)
      activate(UnsafePointer(u), into: u, count: count)
      elementwise(buffer, u, into: u, count: count, { $0 - $1 }, { $0 - $1 })
    }
  }

  /// Calls `body(start, length, buffer)` for consecutive pieces of a row, with a buffer of the
  /// piece's length.
  func forEachPiece<S: TensorScalar>(
    of count: Int, _ body: (Int, Int, UnsafeMutablePointer<S>) -> Void
  ) {
    guard count > 0 else { return }
    let piece = coupling == .separable ? min(count, 1024) : count
    withUnsafeTemporaryAllocation(of: S.self, capacity: piece) { buffer in
      for start in stride(from: 0, to: count, by: piece) {
        body(start, min(piece, count - start), buffer.baseAddress!)
      }
    }
  }
}
