import Proximal
import Tensors

/// The iterates of ``TotalVariationRestoration``: pictures and the dual of their gradient.
struct PrimalDualState<S: TensorScalar> {
  private(set) var x: Tensor<S>
  private var p: [S]
  /// `x + tau (A^* y - weight D^* p)`, then `2 x+ - x`.
  private var ahead: Tensor<S>
  /// `A^* A x`, or `x+`.
  private var made: Tensor<S>
  /// `A^* y`
  private let data: Tensor<S>
  private let weight: S
  private let tau: S
  private let sigma: S
  private let a: any LinearOperator
  private let resolvent: (any LinearOperator)?
  private let cut: PlaneCut
  private let rows: PictureRows<S>
  private var changes: [Double]

  init(
    _ start: Tensor<S>, _ a: any LinearOperator, _ problem: TotalVariationRestoration,
    data: Tensor<S>
  ) {
    (x, ahead, made) = (start, start, start)
    (self.a, self.data) = (a, data)
    let differences = ForwardDifferences(height: a.input.height, width: a.input.width)
    rows = PictureRows(differences)
    cut = PlaneCut(planes: start.rows * a.input.channels, shape: a.input)
    let wanted = problem.stride / problem.weight
    resolvent = a.resolvent(step: wanted)
    // Without the inverse nine tenths of 2/||A||^2 at most.
    let curvature = resolvent == nil ? a.norm * a.norm / 2 : 0
    let tau = curvature > 0 ? min(wanted, 0.9 / curvature) : wanted
    let squaredNorm = max(differences.norm * differences.norm, .ulpOfOne)
    (self.tau, weight) = (S(tau), S(problem.weight))
    sigma = S((1 / tau - curvature) / squaredNorm)
    p = Array(repeating: 0, count: 2 * start.count)
    changes = Array(repeating: 0, count: cut.count)
  }

  /// `p <- P((sigma/weight) D x)`: a dual that fits the first guess.
  mutating func start(on pool: WorkerPool) { stepDual(pool) }

  /// One iteration; the largest root mean square change of a picture.
  mutating func advance(on pool: WorkerPool) -> Double {
    if let resolvent {
      stepAhead(minus: nil, pool)
      resolvent.apply(ahead, into: &made, on: pool)
    } else {
      a.normal(x, into: &made, on: pool)
      stepAhead(minus: made, pool)
      swap(&made, &ahead)
    }
    settle(pool)
    stepDual(pool)
    let perPicture = cut.count / x.rows
    return stride(from: 0, to: changes.count, by: perPicture).reduce(0) { largest, first in
      let sum = changes[first..<first + perPicture].reduce(0, +)
      return max(largest, (sum / Double(x.columns)).squareRoot())
    }
  }

  /// `ahead <- x + tau (A^* y - A^* A x - weight D^* p)`, the third term where it is given.
  private mutating func stepAhead(minus normal: Tensor<S>?, _ pool: WorkerPool) {
    let (cut, rows, tau, weight) = (cut, rows, tau, weight)
    x.withPointer { x in
      data.withPointer { data in
        p.withUnsafeBufferPointer { p in
          ahead.withMutablePointer { ahead in
            let p = p.baseAddress!
            cut.forEach(pool) { plane, band, start, count in
              let (from, to) = (ahead + plane, ahead + start)
              S.combine(tau, data + start, 1, x + start, into: to, count: count)
              normal?.withPointer {
                S.combine(1, to, -tau, $0 + start, into: to, count: count)
              }
              rows.primal(from, p + 2 * plane, into: from, lambda: tau * weight, rows: band)
            }
          }
        }
      }
    }
  }

  /// `ahead <- 2 x+ - x`, `x <- x+`, where `made` holds `x+`.
  private mutating func settle(_ pool: WorkerPool) {
    let cut = cut
    x.withMutablePointer { x in
      ahead.withMutablePointer { ahead in
        made.withPointer { made in
          changes.withUnsafeMutableBufferPointer { changes in
            let changes = changes.baseAddress!
            cut.forEachPiece(pool) { piece, _, _, start, count in
              S.combine(2, made + start, -1, x + start, into: ahead + start, count: count)
              S.combine(1, made + start, -1, x + start, into: x + start, count: count)
              changes[piece] = S.dot(x + start, x + start, count: count)
              (x + start).update(from: made + start, count: count)
            }
          }
        }
      }
    }
  }

  private mutating func stepDual(_ pool: WorkerPool) {
    let (cut, rows, c) = (cut, rows, sigma / weight)
    ahead.withPointer { ahead in
      p.withUnsafeMutableBufferPointer { p in
        let p = p.baseAddress!
        cut.forEach(pool) { plane, band, _, _ in
          rows.project(ahead + plane, p + 2 * plane, c: c, rows: band)
        }
      }
    }
  }

  /// `weight J(x)`.
  func variation() -> Double {
    var sum = 0.0
    x.withPointer { x in
      p.withUnsafeBufferPointer { p in
        for plane in stride(from: 0, to: cut.planes * cut.pixels, by: cut.pixels) {
          sum += rows.variation(x + plane, p.baseAddress! + 2 * plane, rows: 0..<cut.height).norm
        }
      }
    }
    return Double(weight) * sum
  }
}
