import Tensors

extension AffineStage {
  /// No image: a plain row of numbers.
  public var inputImage: ImageShape? { nil }
  /// No image: a plain row of numbers.
  public var outputImage: ImageShape? { nil }

  /// No offset.
  public func offset<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S>? { nil }

  /// By way of copies of the columns.
  public func apply<S: TensorScalar>(
    _ theta: [Tensor<S>], to x: Tensor<S>, from start: Int, into z: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    if x.columns == inputs, z.columns == outputs {
      return apply(theta, to: x, into: &z, on: pool, finish: finish)
    }
    let part = x.columns(start..<(start + inputs), on: pool)
    z.setColumns(from: end, to: applied(theta, to: part, on: pool), on: pool)
    if let finish { z.forEachBand(of: end..<(end + outputs), on: pool, finish) }
  }

  /// By way of copies of the columns.
  public func adjoint<S: TensorScalar>(
    _ theta: [Tensor<S>], of r: Tensor<S>, from start: Int, into u: inout Tensor<S>, at end: Int,
    on pool: WorkerPool, finish: ((Tile, UnsafeMutablePointer<S>) -> Void)?
  ) {
    if r.columns == outputs, u.columns == inputs {
      return adjoint(theta, of: r, into: &u, on: pool, finish: finish)
    }
    let part = r.columns(start..<(start + outputs), on: pool)
    u.setColumns(from: end, to: adjointed(theta, of: part, on: pool), on: pool)
    if let finish { u.forEachBand(of: end..<(end + inputs), on: pool, finish) }
  }

  /// By power iteration on `A^* A`. Cost: one product and one adjoint of a sample an iteration.
  public func squaredNorm<S: TensorScalar>(
    _ theta: [Tensor<S>], vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    var (v, image) = (Tensor<S>(shape: [1, inputs]), Tensor<S>(shape: [1, outputs]))
    return powerIteration(&vector, count: inputs, iterations) { vector in
      v.copy(from: vector)
      apply(theta, to: v, into: &image, on: pool, finish: nil)
      adjoint(theta, of: image, into: &v, on: pool, finish: nil)
      vector.copy(from: v)
    }
  }

  /// By power iteration on the parameters, all of them in one vector. Cost: one product and one gradient
  /// of the batch an iteration.
  public func squaredParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    iteratedParameterNorm(at: x, vector: &vector, iterations: iterations, on: pool)
  }

  func iteratedParameterNorm<S: TensorScalar>(
    at x: Tensor<S>, vector: inout Tensor<S>, iterations: Int, on pool: WorkerPool
  ) -> S {
    let count = parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    guard count > 0 else { return 0 }
    return powerIteration(&vector, count: count, iterations) { vector in
      let image = image(of: split(vector), at: x, on: pool)
      vector = joined(parameterGradient(of: image, at: x, scale: 1, on: pool))
    }
  }

  /// By conjugate gradients on the normal equations of the block, at most 200 of them. Cost: one product
  /// and one gradient of the batch an iteration.
  public func implicitStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    try conjugateGradientStep(
      &theta, residual: r, at: x, scale: scale, tau: tau, relaxation: relaxation, on: pool)
  }

  func conjugateGradientStep<S: TensorScalar>(
    _ theta: inout [Tensor<S>], residual r: Tensor<S>, at x: Tensor<S>, scale: S, tau: S,
    relaxation: S, on pool: WorkerPool
  ) throws(SolverError) {
    // (scale X^* X + I / tau) d = scale X^* r, X the map from parameters to pre-activations.
    let right = joined(parameterGradient(of: r, at: x, scale: scale, on: pool))
    guard right.isFinite, x.isFinite else {
      throw .notPositiveDefinite(what: "the curvature of a layer's weights")
    }
    var solution = Tensor<S>(shape: right.shape)
    solution.solve(right) { direction in
      let image = image(of: split(direction), at: x, on: pool)
      var product = joined(parameterGradient(of: image, at: x, scale: scale, on: pool))
      product.combine(1, 1 / tau, direction)
      return product
    }
    for (slot, part) in split(solution).enumerated() { theta[slot].combine(1, -relaxation, part) }
  }

  /// `A(theta) x + b(theta)`.
  private func image<S: TensorScalar>(
    of theta: [Tensor<S>], at x: Tensor<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    var z = Tensor<S>(shape: [x.rows, outputs])
    apply(theta, to: x, into: &z, on: pool, finish: nil)
    if let offset = offset(theta) { z.addToRows(offset, on: pool) }
    return z
  }

  /// Tensors of the parameters' shapes from one vector, and back.
  private func split<S: TensorScalar>(_ vector: Tensor<S>) -> [Tensor<S>] {
    var start = 0
    return parameters.map { parameter in
      var part = Tensor<S>(shape: parameter.shape)
      let count = part.count
      part.withMutablePointer { part in
        vector.withPointer { part.update(from: $0 + start, count: count) }
      }
      start += count
      return part
    }
  }

  private func joined<S: TensorScalar>(_ theta: [Tensor<S>]) -> Tensor<S> {
    var vector = Tensor<S>(shape: [theta.reduce(0) { $0 + $1.count }])
    vector.withMutablePointer { vector in
      var next = vector
      for part in theta {
        part.withPointer { next.update(from: $0, count: part.count) }
        next += part.count
      }
    }
    return vector
  }
}

extension Tensor {
  /// Overwrites the elements by those of a tensor with as many.
  mutating func copy(from other: Tensor) {
    precondition(count == other.count, "\(other.shape) into \(shape)")
    let count = self.count
    withMutablePointer { target in other.withPointer { target.update(from: $0, count: count) } }
  }

  /// Adds a vector to each row of a matrix.
  mutating func addToRows(_ offset: Tensor, on pool: WorkerPool) {
    let width = columns
    offset.withPointer { b in
      forEachBand(on: pool) { tile, z in
        for row in tile.rows { Scalar.add(b, to: z + row * width, count: width) }
      }
    }
  }

  /// Conjugate gradients from the present point for a positive definite `matrix`, until the residual has
  /// fallen to rounding errors or for 200 iterations.
  mutating func solve(_ right: Tensor, _ matrix: (Tensor) -> Tensor) {
    var residual = right
    residual.combine(1, -1, matrix(self))
    var direction = residual
    var square = residual.squaredNorm
    let tolerance = 100 * Double(Scalar.ulpOfOne)
    let enough = right.squaredNorm * tolerance * tolerance
    for _ in 0..<200 where square > enough {
      let image = matrix(direction)
      let step = Scalar(square / direction.dot(image))
      combine(1, step, direction)
      residual.combine(1, -step, image)
      let next = residual.squaredNorm
      direction.combine(Scalar(next / square), 1, residual)
      square = next
    }
  }
}
