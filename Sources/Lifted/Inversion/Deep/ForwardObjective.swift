import Proximal
import Tensors

/// What an inversion is judged by, whatever iteration finds the input: for each row
///
///     B_L(f, z_L(u)) + alpha J(u),   z_L(u) = A_L x_{L-1} + b_L,   x_l the forward pass from u
///
/// the head's Bregman loss, which is `1/2 ||N(u) - f||^2` for an identity head, plus the regulariser. At a
/// forward pass every other term of the lifted energy is zero, so with `lambda_L = 1` this is the energy.
///
/// A prior without a value, such as a denoiser, minimises nothing that could be judged: then the newest input
/// is taken for the best.
public struct ForwardObjective<S: TensorScalar>: Sendable {
  /// The layers.
  public let network: Network
  /// Their parameters.
  public let theta: Parameters<S>
  /// `alpha J`; `nil` for none.
  public let inputPenalty: InputPenalty?

  /// - Throws: ``SolverError`` if parameters or `J` do not fit the network.
  public init(
    _ network: Network, _ theta: Parameters<S>, _ inputPenalty: InputPenalty? = nil
  ) throws(SolverError) {
    for (l, layer) in network.layers.enumerated() {
      guard layer.regulariser == nil else {
        throw .unsuitable(
          "layer \(l + 1) has a regulariser, so that the network is not its forward pass; invert one "
            + "without")
      }
      let (expected, found) = (layer.stage.parameters.map(\.shape), theta.layers[l].map(\.shape))
      for (expected, found) in zip(expected, found) where expected != found {
        throw .shape(
          .mismatch(what: "a parameter of layer \(l + 1)", expected: expected, found: found))
      }
    }
    try inputPenalty?.check(inputs: network.inputs)
    (self.network, self.theta, self.inputPenalty) = (network, theta, inputPenalty)
  }

  /// The terms of each row at inputs `u`; `scratch` holds `L + 1` matrices of the layers' widths, which are
  /// left at `z_L` and the hidden `x_l`. Cost: one product with each `A_l`.
  func terms(
    at u: Tensor<S>, _ f: Tensor<S>, _ scratch: inout [Tensor<S>], on pool: WorkerPool
  ) -> [Terms] {
    let depth = network.depth
    for l in 1...depth {
      let (layer, isHead) = (network.layers[l - 1], l == depth)
      var x = detach(&scratch[l])
      layer.advance(
        theta.layers[l - 1], l == 1 ? u : scratch[l - 1], &x, activates: !isHead, on: pool)
      scratch[l] = x
    }
    let width = network.outputs
    let head = network.layers[depth - 1].activation
    var losses = Tensor<S>(shape: [u.rows])
    f.withPointer { f in
      scratch[depth].withPointer { z in
        losses.withMutablePointer { losses in
          pool.forEach(u.rows) { row in
            losses[row] = head.bregman(f + row * width, z + row * width, count: width)
          }
        }
      }
    }
    let known = inputPenalty?.regulariser?.values(of: u, on: pool)
    return (0..<u.rows).map { row in
      Terms(residual: Double(losses[row]), regulariser: known?[row] ?? 0)
    }
  }

  /// The same with another `alpha`.
  func with(alpha: Double) throws(SolverError) -> ForwardObjective {
    guard let prior = inputPenalty?.prior else {
      throw .unsuitable("an alpha without a regulariser of the input; give one")
    }
    return try ForwardObjective(network, theta, InputPenalty(alpha: alpha, prior))
  }

  /// `||A_1||^2, …, ||A_L||^2` with a margin: power iteration comes from below.
  func squaredNorms(on pool: WorkerPool) -> [Double] {
    zip(network.layers, theta.layers).map { layer, theta in
      var vector = Tensor<S>(shape: [layer.stage.inputs])
      return 1.05
        * Double(layer.stage.squaredNorm(theta, vector: &vector, iterations: 60, on: pool))
    }
  }

  /// Whether inputs can be compared.
  var canCompare: Bool { inputPenalty == nil || inputPenalty?.regulariser != nil }

  /// `residual + alpha regulariser`.
  func value(_ terms: Terms) -> Double {
    guard let alpha = inputPenalty?.alpha else { return terms.residual }
    return terms.residual + alpha * terms.regulariser
  }

  /// The terms of one row.
  public struct Terms: Sendable, Equatable, Codable {
    /// `B_L(f, z_L(u))`.
    public let residual: Double
    /// `J(u)`, without `alpha`.
    public let regulariser: Double
  }
}

extension Layer {
  /// `x <- sigma(A u + b)`, or `x <- A u + b` for a layer that is not to activate.
  func advance<S: TensorScalar>(
    _ theta: [Tensor<S>], _ u: Tensor<S>, _ x: inout Tensor<S>, activates: Bool,
    on pool: WorkerPool
  ) {
    let offset = stage.offset(theta) ?? Tensor(shape: [stage.outputs])
    let width = stage.outputs
    let whole = activates && activation.coupling != .separable
    offset.withPointer { b in
      let work: TileWork<S> = { tile, z in
        let (column, count) = (tile.columns.lowerBound, tile.columns.count)
        for row in tile.rows {
          let place = z + row * width + column
          if activates {
            activation.activate(place, adding: b + column, into: place, count: count)
          } else {
            S.add(b + column, to: place, count: count)
          }
        }
      }
      stage.apply(theta, to: u, into: &x, on: pool, finish: whole ? nil : work)
      if whole { x.forEachBand(on: pool, work) }
    }
  }
}
