import Proximal
import Tensors

// One sweep: for each group of variables the residuals above them, then the variables themselves, then
// the pre-activations that follow. New values go where those before the last were.
extension DeepInversion {
  func move(_ state: inout DeepInversionState<S>, on pool: WorkerPool) {
    let depth = objective.network.depth
    var moved = Set<Int>()
    for group in sweep.groups(of: Array(0..<depth)) {
      for l in group {
        setResidual(ofLayer: l + 1, isMoved: moved.contains(l + 1), &state, on: pool)
      }
      for l in group { update(l, belowIsMoved: moved.contains(l - 1), &state, on: pool) }
      for l in group { advance(l, &state, on: pool) }
      moved.formUnion(group)
    }
    for l in 0..<depth {
      swap(&state.x[l], &state.previous[l])
      swap(&state.z[l + 1], &state.previousZ[l + 1])
    }
    if isAccelerated { state.gatherMomentum() }
  }

  /// `r_l <- grad_z penalty_l(x_l, z_l)`, `x_l` new or extrapolated, `z_l` extrapolated.
  private func setResidual(
    ofLayer l: Int, isMoved: Bool, _ state: inout DeepInversionState<S>, on pool: WorkerPool
  ) {
    let (layer, penalty) = (objective.network.layers[l - 1], energy.penalty(ofLayer: l))
    let isClamped = l == objective.network.depth
    let width = layer.stage.outputs
    let beta = state.beta
    var r = detach(&state.best.room[l])
    let z = Line(state.z[l], before: state.previousZ[l])
    let x =
      isClamped
      ? Line(state.x[l])
      : isMoved
        ? Line(state.previous[l])
        : Line(state.x[l], before: state.previous[l])
    z.withPieces { z in
      x.withPieces { x in
        r.forEachBand(on: pool, width: 4 * width) { tile, r in
          for row in tile.rows {
            forEachPiece(of: width, layer.coupling, buffers: 1) {
              (start, count, buffer: UnsafeMutablePointer<S>) in
              let (place, r) = (row * width + start, r + row * width + start)
              z(place, beta[row], r, count)
              x(place, beta[row], buffer, count)
              penalty.gradientInPreactivation(buffer, r, layer.activation, into: r, count: count)
            }
          }
        }
      }
    }
    state.best.room[l] = r
  }

  /// `x_l` to its new value.
  private func update(
    _ l: Int, belowIsMoved: Bool, _ state: inout DeepInversionState<S>, on pool: WorkerPool
  ) {
    var pull = detach(&state.pulls[l])
    objective.network.layers[l].stage.adjoint(
      objective.theta.layers[l], of: state.best.room[l + 1], into: &pull, on: pool, finish: nil)
    var new = detach(&state.previous[l])
    var slopes = detach(&state.slopes[l])
    if l == 0 {
      updateInput(&new, &pull, &slopes, &state, on: pool)
    } else {
      let z = belowIsMoved ? Line(state.previousZ[l]) : Line(state.z[l], before: state.previousZ[l])
      updateHidden(l, &new, pull, z, &slopes, state, on: pool)
    }
    (state.previous[l], state.pulls[l], state.slopes[l]) = (new, pull, slopes)
  }

  private func updateHidden(
    _ l: Int, _ new: inout Tensor<S>, _ pull: Tensor<S>, _ z: Line<S>, _ slopes: inout Tensor<S>,
    _ state: DeepInversionState<S>, on pool: WorkerPool
  ) {
    let (layer, penalty) = (objective.network.layers[l - 1], energy.penalty(ofLayer: l))
    let (mu, weight, width) = (steps[l], S(energy.weights[l - 1]), layer.stage.outputs)
    let above = mu * S(energy.weights[l])
    z.withPieces { z in
      state.x[l].withPointer { x in
        pull.withPointer { pull in
          slopes.withMutablePointer { slopes in
            new.forEachBand(on: pool, width: 5 * width) { tile, new in
              for row in tile.rows {
                let beta = state.beta[row]
                var slope = 0.0
                forEachPiece(of: width, layer.coupling, buffers: 2) {
                  (start, count, y: UnsafeMutablePointer<S>) in
                  let (place, own) = (row * width + start, y + count)
                  let (x, new) = (x + place, new + place)
                  S.combine(1 + beta, x, -beta, new, into: y, count: count)
                  z(place, beta, own, count)
                  penalty.smoothGradientInVariable(
                    y, own, layer.activation, into: own, count: count)
                  S.combine(1, y, -above, pull + place, into: new, count: count)
                  S.combine(1, new, -mu * weight, own, into: new, count: count)
                  penalty.prox(
                    of: new, step: mu, weight: weight, layer.activation, nil, into: new,
                    count: count)
                  slope += Self.slope(y, new, x, own, count: count)
                }
                slopes[row] = S(slope) / mu
              }
            }
          }
        }
      }
    }
  }

  private func updateInput(
    _ new: inout Tensor<S>, _ pull: inout Tensor<S>, _ slopes: inout Tensor<S>,
    _ state: inout DeepInversionState<S>, on pool: WorkerPool
  ) {
    let (mu, width, beta) = (steps[0], objective.network.inputs, state.beta)
    let above = mu * S(energy.weights[0])
    let x = state.x[0]
    x.withPointer { x in
      pull.withMutablePointer { pull in
        new.forEachBand(on: pool) { tile, new in
          for row in tile.rows {
            let (place, beta) = (row * width, beta[row])
            let (x, y, new) = (x + place, pull + place, new + place)
            S.combine(-above, y, -beta, new, into: new, count: width)
            S.combine(1 + beta, x, 1, new, into: new, count: width)
            S.combine(1, new, above, y, into: y, count: width)
          }
        }
      }
    }
    if let penalty = objective.inputPenalty {
      penalty.prior.prox(
        of: &new, step: mu * S(penalty.alpha), &state.memory, on: pool)
    }
    new.withPointer { new in
      x.withPointer { x in
        pull.withMutablePointer { y in
          slopes.forEachBand(on: pool, width: width) { tile, slopes in
            for row in tile.rows {
              var slope = 0.0
              forEachPiece(of: width, .separable, buffers: 1) {
                (start, count, room: UnsafeMutablePointer<S>) in
                let place = row * width + start
                slope += Self.slope(y + place, new + place, x + place, room, count: count)
              }
              slopes[row] = S(slope) / mu
            }
          }
        }
      }
    }
  }

  /// `<y - new, new - x>`; `y` and `room` are lost.
  private static func slope(
    _ y: UnsafeMutablePointer<S>, _ new: UnsafePointer<S>, _ x: UnsafePointer<S>,
    _ room: UnsafeMutablePointer<S>, count: Int
  ) -> Double {
    S.combine(1, y, -1, new, into: y, count: count)
    S.combine(1, new, -1, x, into: room, count: count)
    return S.dot(y, room, count: count)
  }

  /// `z_{l+1} <- A_{l+1} x_l + b_{l+1}` of the new `x_l`.
  private func advance(_ l: Int, _ state: inout DeepInversionState<S>, on pool: WorkerPool) {
    var z = detach(&state.previousZ[l + 1])
    objective.network.layers[l].advance(
      objective.theta.layers[l], state.previous[l], &z, activates: false, on: pool)
    state.previousZ[l + 1] = z
  }
}

extension DeepInversionState {
  /// `t` and `beta` of the next step; a row whose momentum points uphill begins again.
  mutating func gatherMomentum() {
    for row in beta.indices {
      let uphill = slopes.reduce(0.0) { $0 + Double($1.scalars[row]) }
      let t = uphill > 0 ? 1 : (1 + (1 + 4 * inertia[row] * inertia[row]).squareRoot()) / 2
      let longer = (1 + (1 + 4 * t * t).squareRoot()) / 2
      inertia[row] = t
      beta[row] = S((t - 1) / longer)
    }
  }
}

/// A variable at `x + beta (x - before)`, or just `x`.
private struct Line<S: TensorScalar> {
  let x: Tensor<S>
  let before: Tensor<S>?

  init(_ x: Tensor<S>, before: Tensor<S>? = nil) { (self.x, self.before) = (x, before) }

  /// Something that writes `count` numbers from a place on: `(place, beta, out, count)`.
  func withPieces(_ body: ((Int, S, UnsafeMutablePointer<S>, Int) -> Void) -> Void) {
    x.withPointer { x in
      guard let before else {
        body { place, _, out, count in out.update(from: x + place, count: count) }
        return
      }
      before.withPointer { before in
        body { place, beta, out, count in
          S.combine(1 + beta, x + place, -beta, before + place, into: out, count: count)
        }
      }
    }
  }
}

/// Calls `body(start, count, buffers)` for consecutive pieces of a row that stay in the cache, or the whole
/// row where its numbers depend on one another; `buffers` buffers of the piece's length follow each other.
private func forEachPiece<S: TensorScalar>(
  of width: Int, _ coupling: Coupling, buffers: Int,
  _ body: (Int, Int, UnsafeMutablePointer<S>) -> Void
) {
  let piece = coupling == .separable ? min(width, 1024) : width
  withUnsafeTemporaryAllocation(of: S.self, capacity: piece * buffers) { buffer in
    for start in stride(from: 0, to: width, by: piece) {
      body(start, min(piece, width - start), buffer.baseAddress!)
    }
  }
}
