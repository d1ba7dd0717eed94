import Tensors

/// Pre-activations `z_l = A_l x_{l-1} + b_l` at a point, each computed once for all who need it.
struct Preactivations<S: TensorScalar> {
  private var z: [Tensor<S>?]

  /// None known yet, of a network of given depth.
  init(depth: Int) { z = Array(repeating: nil, count: depth + 1) }

  /// `z_l`, if it is known.
  subscript(l: Int) -> Tensor<S>? { z[l] }

  /// Computes what is missing of `z_l` and `z_{l+1}` for some variables `x_l`, layers side by side or one
  /// after the other. `layers` are those at hand, by default all.
  mutating func fill(
    around variables: [Int], among layers: ClosedRange<Int>? = nil, _ network: Network,
    at point: LiftedPoint<S>, _ schedule: LayerSchedule, on pool: WorkerPool
  ) {
    let needed = Set(variables.flatMap { [$0, $0 + 1] })
    let hand = layers ?? 1...(z.count - 1)
    var missing = hand.filter { needed.contains($0) && z[$0] == nil }.map {
      (layer: $0, z: nil as Tensor<S>?)
    }
    schedule.forEach(&missing, on: pool) { _, item, pool in
      item.z = network.preactivation(ofLayer: item.layer, at: point, on: pool)
    }
    for item in missing { z[item.layer] = item.z }
  }

  /// Forgets `z_{l+1}`: `x_l` has moved.
  mutating func forget(above l: Int) {
    if l + 1 < z.count { z[l + 1] = nil }
  }
}

extension Network {
  /// `A_l x_{l-1} + b_l`.
  func preactivation<S: TensorScalar>(
    ofLayer l: Int, at point: LiftedPoint<S>, on pool: WorkerPool
  ) -> Tensor<S> {
    layers[l - 1].preactivation(point.theta.layers[l - 1], point.x[l - 1], on: pool)
  }
}
