import Proximal
import RealModule
import Tensors

/// Where a ``SweepInversion`` is. A copy that is stepped on gives the bits that the original would.
public struct SweepInversionState<S: TensorScalar>: NetworkInversionState {
  public var best: BestInputs<S>
  public internal(set) var input: Tensor<S>
  var states: LayerStates<S>
  /// What the prox remembers of each row, and that back to the domain.
  var memories: [RegulariserMemory<S>]
  private var returns: [RegulariserMemory<S>]
  /// Adam's moments; or the input one step before, and the last gradient, where it was taken being
  /// `lastPoint`.
  private var first: Tensor<S>
  private var second: Tensor<S>
  private var lastPoint: Tensor<S>
  private var curvatures: [Double]
  private var inertia: [Double]
  private var gradients = 0

  init(_ best: BestInputs<S>, _ network: Network) {
    let (rows, shape) = (best.measured.rows, best.u.shape)
    states = LayerStates(for: network, samples: rows)
    memories = Array(repeating: RegulariserMemory(), count: rows)
    returns = Array(repeating: RegulariserMemory(.iterations(1)), count: rows)
    first = Tensor(shape: shape)
    (second, lastPoint) = (first, first)
    curvatures = Array(repeating: 0, count: rows)
    inertia = Array(repeating: 1, count: rows)
    (self.best, input) = (best, best.u)
  }

  /// One step of Adam.
  mutating func descend(along gradient: Tensor<S>, by adam: Adam) {
    gradients += 1
    let steps = Double(gradients)
    let corrected = adam.stepSize / (1 - Double.pow(adam.decays.first, steps))
    let correction = 1 / (1 - Double.pow(adam.decays.second, steps))
    let count = gradient.count
    input.withMutablePointer { u in
      gradient.withPointer { g in
        first.withMutablePointer { m in
          second.withMutablePointer { v in
            S.descend(
              u, along: g, moments: m, v, decays: (S(adam.decays.first), S(adam.decays.second)),
              epsilon: S(adam.epsilon), correction: S(correction), step: S(corrected), shrink: 1,
              count: count)
          }
        }
      }
    }
  }
}

extension SweepInversionState {
  /// Puts the input into the domain of `J`, where `J` is finite, and leaves it where it is otherwise.
  mutating func returnToDomain(of regulariser: (any Regulariser)?, on pool: WorkerPool) {
    guard let regulariser else { return }
    let steps = Array(repeating: S(Self.least), count: input.rows)
    input.moveRows(by: regulariser, steps: steps, &returns, on: pool)
  }

  private static var least: Double { 1e-6 }
}

// The accelerated steps: `first` is the input one step before, `second` the gradient at `lastPoint`.
extension SweepInversionState {
  private static var probes: Int { 6 }
  private static var forgetting: Double { 0.98 }
  /// Probes stand off by this fraction of the input's length.
  private static var reach: Double { 0.1 }

  /// Where the next gradient is to be taken.
  var extrapolated: Tensor<S> {
    if gradients == 0 { return input }
    if gradients < Self.probes { return probe }
    var point = input
    point.withRows(first) { row, point, before, count in
      let t = inertia[row]
      let beta = S((t - 1) / Self.longer(t))
      if beta != 0 { S.combine(1 + beta, point, -beta, before, into: point, count: count) }
    }
    return point
  }

  /// The input and a step along `lastPoint`, which the probes keep their direction in.
  private var probe: Tensor<S> {
    var point = lastPoint
    point.withRows(input) { _, point, input, count in
      let length = S.dot(point, point, count: count).squareRoot()
      let size = S.dot(input, input, count: count).squareRoot()
      // An input of zeros has no length: the numbers are taken to be of order 1.
      let reach = Self.reach * (size > 0 ? size : Double(count).squareRoot())
      S.combine(length > 0 ? S(reach / length) : 0, point, 1, input, into: point, count: count)
    }
    return point
  }

  private static func longer(_ t: Double) -> Double { (1 + (1 + 4 * t * t).squareRoot()) / 2 }

  /// Takes note of a gradient at ``extrapolated``, and moves the input once the curvature is known.
  mutating func move(along gradient: Tensor<S>, _ penalty: InputPenalty?, on pool: WorkerPool) {
    defer { gradients += 1 }
    let point = extrapolated
    guard gradients >= Self.probes else { return look(along: gradient, at: point) }
    if gradients > Self.probes { observe(gradient, at: point) }
    var new = point
    let steps = curvatures.map { S(1 / ($0 > 0 ? $0 : 1)) }
    new.withRows(gradient) { row, new, g, count in
      S.combine(1, new, -steps[row], g, into: new, count: count)
    }
    if let penalty {
      let lengths = steps.map { $0 * S(penalty.alpha) }
      new.moveRows(by: penalty.prior, steps: lengths, &memories, on: pool)
    }
    var slope = point
    slope.combine(1, -1, new)
    var change = new
    change.combine(1, -1, input)
    slope.withRows(change) { row, slope, change, count in
      let isUphill = S.dot(slope, change, count: count) > 0
      inertia[row] = isUphill ? 1 : Self.longer(inertia[row])
    }
    (first, second, lastPoint) = (input, gradient, point)
    input = new
  }

  /// A probe: the change of the gradient from that at the start is the next direction, its size the curvature.
  private mutating func look(along gradient: Tensor<S>, at point: Tensor<S>) {
    guard gradients > 0 else {
      (second, lastPoint) = (gradient, gradient)
      return
    }
    var (change, way) = (gradient, point)
    change.combine(1, -1, second)
    way.combine(1, -1, input)
    change.withRows(way) { row, change, way, count in
      let square = S.dot(way, way, count: count)
      if square > 0 {
        curvatures[row] = max(curvatures[row], S.dot(change, way, count: count) / square)
      }
    }
    lastPoint = change
    if gradients == Self.probes - 1 { (first, lastPoint) = (input, input) }
  }

  private mutating func observe(_ gradient: Tensor<S>, at point: Tensor<S>) {
    var (change, way) = (gradient, point)
    change.combine(1, -1, second)
    way.combine(1, -1, lastPoint)
    change.withRows(way) { row, change, way, count in
      let square = S.dot(way, way, count: count)
      let seen = square > 0 ? S.dot(change, way, count: count) / square : 0
      curvatures[row] = max(Self.forgetting * curvatures[row], seen)
    }
  }
}

extension Tensor {
  /// Calls `body(row, own, other's, count)` for each row.
  fileprivate mutating func withRows(
    _ other: Tensor, _ body: (Int, UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>, Int) -> Void
  ) {
    let (rows, width) = (self.rows, columns)
    other.withPointer { other in
      withMutablePointer { own in
        for row in 0..<rows { body(row, own + row * width, other + row * width, width) }
      }
    }
  }

  /// `u <- prox_{step J}(u)` for each row, with a step and a memory of its own.
  mutating func moveRows(
    by prior: any Prior, steps: [Scalar],
    _ memories: inout [RegulariserMemory<Scalar>], on pool: WorkerPool
  ) {
    let width = columns
    // Rows are the pieces of work; inside one there is no further thread.
    let alone = WorkerPool(threads: 1)
    withMutablePointer { u in
      memories.withUnsafeMutableBufferPointer { memories in
        pool.forEach(steps.count) { row in
          var one = Tensor(unfilled: [1, width])
          one.withMutablePointer { $0.update(from: u + row * width, count: width) }
          prior.prox(of: &one, step: steps[row], &memories[row], on: alone)
          one.withPointer { (u + row * width).update(from: $0, count: width) }
        }
      }
    }
  }
}
