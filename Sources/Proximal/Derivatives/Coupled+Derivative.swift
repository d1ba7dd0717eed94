import Tensors

extension Softmax: DifferentiableActivation {
  /// `x o (u - <x, u>)` with `x = softmax(z)`.
  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    withActivation(of: z, count: count) { x in
      let mean: S = total(count, x, UnsafePointer(u), { $0 * $1 }, { $0 * $1 })
      let (float, double) = (Float(mean), Double(mean))
      elementwise(
        u, x, into: u, count: count, { $1 * ($0 - float) }, { $1 * ($0 - double) })
    }
  }
}

extension Sparsemax: DifferentiableActivation {
  /// On the support of `x = P(z)` the entry less its mean there, 0 elsewhere.
  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    withActivation(of: z, count: count) { x in removeMean(u, overSupportOf: x, count: count) }
  }
}

extension L1Ball: DifferentiableActivation {
  /// Inside the ball `u`; outside, on the support of `x = P(z)`, `u - sign(x) <sign(x), u>/support`.
  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    guard rowwise(z, { norm1($0, count: count) }, { norm1($0, count: count) }) > radius else {
      return
    }
    withActivation(of: z, count: count) { x in removeMean(u, overSupportOf: x, count: count) }
  }
}

extension L2Ball: DifferentiableActivation {
  /// Inside the ball `u`; outside `radius/||z|| (u - z <z, u>/||z||^2)`.
  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    pullBackRadial(u, at: z, size: max(count, 1), count: count) { length in
      length > radius ? (radius / length, -radius / length) : (1, 0)
    }
  }
}

extension GroupSoftThreshold: DifferentiableActivation {
  /// Group by group 0 below the threshold, else `(1 - alpha/||z||) u + alpha/||z|| z <z, u>/||z||^2`.
  public func pullBack<S: TensorScalar>(
    _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, count: Int
  ) {
    pullBackRadial(u, at: z, size: groupSize, count: count) { length in
      length > alpha ? (1 - alpha / length, alpha / length) : (0, 0)
    }
  }
}

extension Activation {
  fileprivate func withActivation<S: TensorScalar>(
    of z: UnsafePointer<S>, count: Int, _ body: (UnsafePointer<S>) -> Void
  ) {
    guard count > 0 else { return }
    withUnsafeTemporaryAllocation(of: S.self, capacity: count) { buffer in
      let x = buffer.baseAddress!
      activate(z, into: x, count: count)
      body(x)
    }
  }
}

/// `u <- u - s <s, u>/<s, s>` on the support of `x` with `s = sign(x)`, 0 elsewhere.
private func removeMean<S: TensorScalar>(
  _ u: UnsafeMutablePointer<S>, overSupportOf x: UnsafePointer<S>, count: Int
) {
  let support: S = total(count, x, x, { x, _ in sign(x) * sign(x) }, { x, _ in sign(x) * sign(x) })
  let sum: S = total(count, x, UnsafePointer(u), { sign($0) * $1 }, { sign($0) * $1 })
  let mean = sum / max(support, 1)
  let (float, double) = (Float(mean), Double(mean))
  elementwise(
    u, x, into: u, count: count, { $1 == 0 ? 0 : $0 - sign($1) * float },
    { $1 == 0 ? 0 : $0 - sign($1) * double })
}

@inline(__always)
private func sign<S: TensorScalar>(_ x: S) -> S { x > 0 ? 1 : (x < 0 ? -1 : 0) }

/// `u_g <- a u_g + b z_g <z_g, u_g>/||z_g||^2` with `(a, b)` a function of `||z_g||`.
private func pullBackRadial<S: TensorScalar>(
  _ u: UnsafeMutablePointer<S>, at z: UnsafePointer<S>, size: Int, count: Int,
  _ factors: (Double) -> (Double, Double)
) {
  for start in stride(from: 0, to: count, by: size) {
    let (z, u) = (z + start, u + start)
    let length = rowwise(z, { norm($0, count: size) }, { norm($0, count: size) })
    let (a, b) = factors(length)
    let inner: S = total(size, z, UnsafePointer(u), { $0 * $1 }, { $0 * $1 })
    let along = length > 0 ? b * Double(inner) / (length * length) : 0
    let (floatA, floatB) = (Float(a), Float(along))
    elementwise(
      u, z, into: u, count: size, { floatA * $0 + floatB * $1 }, { a * $0 + along * $1 })
  }
}
