import Tensors

extension TotalVariation {
  /// `argmin_u 1/2 ||u - v||^2 + step J(u)`, row by row, warm-started from `memory`.
  ///
  /// Lengths of channels by themselves, the common case, have kernels of their own, ``TotalVariationDual``;
  /// signals are solved exactly, ``FusedLasso``; the rest is the map of every regulariser.
  public func prox<S: TensorScalar>(
    of u: inout Tensor<S>, step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    precondition(u.columns == shape.count, "rows of \(u.columns) numbers for pictures of \(shape)")
    if isOfSignals {
      solveExactly(&u, step, &memory, on: pool)
    } else if isOfPlanes {
      solvePlanes(&u, step, within: nil, &memory, on: pool)
    } else {
      iteratedProx(of: &u, step: step, &memory, on: pool)
    }
  }

  /// Rows, or columns, of one pixel in width whose channels do not meet.
  private var isOfSignals: Bool {
    (shape.height == 1 || shape.width == 1) && (channels == .separate || shape.channels == 1)
  }

  /// Lengths of pixels' gradients in channels that do not meet.
  var isOfPlanes: Bool {
    !isOfSignals && length == .isotropic && (channels == .separate || shape.channels == 1)
  }

  private func solveExactly<S: TensorScalar>(
    _ u: inout Tensor<S>, _ step: S, _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    let (planes, pixels) = (u.count / shape.pixels, shape.pixels)
    u.withMutablePointer { u in
      pool.forEach(planes) { FusedLasso(lambda: Double(step)).solve(u + $0 * pixels, pixels) }
    }
    memory.note(gaps: Array(repeating: 0, count: u.rows), iterations: 0)
  }

  /// `argmin_u 1/2 ||u - v||^2 + step J(u)` over pictures with numbers in a range, `nil` for all pictures;
  /// only if ``isOfPlanes``.
  func solvePlanes<S: TensorScalar>(
    _ u: inout Tensor<S>, _ step: S, within range: ClosedRange<Double>?,
    _ memory: inout RegulariserMemory<S>, on pool: WorkerPool
  ) {
    let (pixels, planes, differences) = (shape.pixels, u.count / shape.pixels, differences)
    let (enough, most) = (memory.effort.gap(columns: pixels), memory.effort.most)
    var duals = memory.kept([u.rows, 2 * u.columns])[0]
    var ends = [(gap: Double, iterations: Int)](repeating: (0, 0), count: planes)
    let v = u
    v.withPointer { v in
      u.withMutablePointer { u in
        duals.withMutablePointer { p in
          ends.withUnsafeMutableBufferPointer { ends in
            let ends = ends.baseAddress!
            func solve(_ plane: Int, _ forEach: (Int, (Int) -> Void) -> Void) {
              var dual = TotalVariationDual<S>(
                lambda: step, of: differences, from: p + 2 * plane * pixels, within: range)
              ends[plane] = dual.solve(
                v + plane * pixels, into: u + plane * pixels, gap: enough,
                maximumIterations: most, forEach: forEach)
            }
            // Many planes side by side, few one after another: the same pieces, the same bits.
            if planes >= 4 {
              pool.forEach(planes) { solve($0) { count, body in (0..<count).forEach(body) } }
            } else {
              for plane in 0..<planes { solve(plane) { pool.forEach($0, $1) } }
            }
          }
        }
      }
    }
    memory.tensors = [duals]
    memory.note(
      gaps: stride(from: 0, to: planes, by: shape.channels).map { first in
        ends[first..<first + shape.channels].reduce(0) { $0 + $1.gap }
      }, iterations: ends.reduce(0) { max($0, $1.iterations) })
  }

  /// `argmin_u 1/2 ||u - v||^2 + step J(u)` to an accuracy that is proven.
  ///
  /// The dual `min 1/2 ||v - step D^* p||^2` over `|p| <= 1` at every pixel by accelerated projected gradient
  /// with restart; `u = v - step D^* p`. The gap between the two, `step (J(u) - <D u, p>)`, bounds
  /// `1/2 ||u - prox||^2`. Cost: some 30 operations per pixel and iteration; hundreds of iterations for an
  /// accuracy of a thousandth of the data's range.
  ///
  /// Source: Beck and Teboulle, IEEE Trans. Image Processing 18, 2009.
  /// - Parameters:
  ///   - v: pictures one after another, such as a batch.
  ///   - step: `> 0`.
  ///   - accuracy: the root mean square error of a picture, of a channel where channels are separate, at
  ///     most; in the units of `v`, `> 0`. In `Float` not below 1e-5 of the data's range.
  ///   - maximumIterations: what a picture may take; ``TotalVariationProx/isAccurate`` says if it did.
  ///   - pool: shares the planes, or the rows of few.
  public func prox<S: TensorScalar>(
    of v: Tensor<S>, step: S, accuracy: Double, maximumIterations: Int = 2000,
    on pool: WorkerPool
  ) -> TotalVariationProx<S> {
    precondition(v.count % shape.count == 0, "shape \(v.shape) holds no pictures of \(shape)")
    precondition(step > 0 && accuracy > 0 && maximumIterations >= 1)
    var memory = RegulariserMemory<S>(.accuracy(accuracy, atMost: maximumIterations))
    var u = v.shaped([v.count / shape.count, shape.count])
    prox(of: &u, step: step, &memory, on: pool)
    return TotalVariationProx(
      point: u.shaped(v.shape), memory, enough: memory.effort.gap(columns: shape.count))
  }
}

extension Tensor {
  /// The same elements in as many places.
  fileprivate func shaped(_ shape: [Int]) -> Tensor { (try? reshaped(to: shape)) ?? self }
}

/// The proximal point of ``TotalVariation``, with what is known of its error.
public struct TotalVariationProx<S: TensorScalar>: Sendable, Equatable {
  /// `u`, pictures as they were given.
  public let point: Tensor<S>
  /// The largest duality gap of a row: `1/2 ||u - prox||^2` is at most that.
  public let gap: Double
  /// The most iterations that a row took.
  public let iterations: Int
  /// Whether every row is as accurate as was asked.
  public let isAccurate: Bool

  fileprivate init(point: Tensor<S>, _ memory: RegulariserMemory<S>, enough: Double) {
    self.point = point
    gap = memory.gaps.max() ?? 0
    iterations = memory.iterations
    isAccurate = memory.gaps.allSatisfy { $0 <= enough }
  }
}
