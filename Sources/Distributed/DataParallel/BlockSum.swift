import Lifted
import Tensors

/// What the update of one block of parameters needs to know of a batch, on its way from all ranks.
enum BlockSum<S: TensorScalar & Transferable> {
  /// The gradient, all parameters in one vector.
  case gradient(ShardSum<S>)
  /// The Gram pair of a dense stage, in one vector.
  case normalEquations(ShardSum<S>)
  /// Residuals beside inputs of all samples.
  case rows(PendingTensor<S>)

  /// Helps the library to get on with it.
  func advance() throws(CommunicationError) {
    switch self {
    case .gradient(let sum), .normalEquations(let sum): try sum.advance()
    case .rows(let rows): _ = try rows.isDone()
    }
  }

  /// What the update is told, when it is there.
  func context(
    _ stage: any AffineStage, samples: Int, scale: S, stepFactor: Double, penalty: WeightPenalty
  ) throws(CommunicationError) -> UpdateContext<S> {
    switch self {
    case .gradient(let sum):
      return UpdateContext(
        stage: stage, samples: samples,
        gradient: try sum.wait(for: stage.parameters.map(\.shape)), scale: scale,
        stepFactor: stepFactor, penalty: penalty)
    case .normalEquations(let sum):
      let (units, n) = (stage.outputs, stage.inputs + 1)
      let pair = try sum.wait(for: [[n, n], [units, n]])
      return UpdateContext(
        stage: stage, samples: samples,
        normalEquations: NormalEquations(gram: pair[0], cross: pair[1]), scale: scale,
        stepFactor: stepFactor, penalty: penalty)
    case .rows(let rows):
      let (residual, input) = try rows.wait().parted(at: stage.outputs)
      return UpdateContext(
        stage: stage, residual: residual, input: input, scale: scale, stepFactor: stepFactor,
        penalty: penalty)
    }
  }
}

// Several tensors in one, and back: what travels together.
extension Tensor {
  /// All elements in one vector.
  init(joining parts: [Tensor]) {
    self.init(unfilled: [parts.reduce(0) { $0 + $1.count }])
    withMutablePointer { target in
      var next = target
      for part in parts {
        part.withPointer { next.update(from: $0, count: part.count) }
        next += part.count
      }
    }
  }

  /// Parts of given shapes, one after another.
  func split(into shapes: [[Int]]) -> [Tensor] {
    var start = 0
    return shapes.map { shape in
      var part = Tensor(unfilled: shape)
      let count = part.count
      part.withMutablePointer { part in
        withPointer { part.update(from: $0 + start, count: count) }
      }
      start += count
      return part
    }
  }

  /// Each row of one, then that of the other.
  init(joining left: Tensor, beside right: Tensor) {
    let (samples, a, b) = (left.rows, left.columns, right.columns)
    self.init(shape: [samples, a + b])
    withMutablePointer { target in
      left.withPointer { left in
        right.withPointer { right in
          for row in 0..<samples {
            (target + row * (a + b)).update(from: left + row * a, count: a)
            (target + row * (a + b) + a).update(from: right + row * b, count: b)
          }
        }
      }
    }
  }

  /// The first columns, and the rest.
  func parted(at column: Int) -> (Tensor, Tensor) {
    let (a, b) = (column, columns - column)
    var (left, right) = (Tensor(shape: [rows, a]), Tensor(shape: [rows, b]))
    withPointer { source in
      left.withMutablePointer { left in
        right.withMutablePointer { right in
          for row in 0..<rows {
            (left + row * a).update(from: source + row * (a + b), count: a)
            (right + row * b).update(from: source + row * (a + b) + a, count: b)
          }
        }
      }
    }
    return (left, right)
  }
}
