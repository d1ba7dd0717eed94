import Proximal
import Tensors

/// A network that was trained to denoise at one level of noise, for every level, by way of scaling:
///
///     D_sigma(u) = (sigma/s) N(s u / sigma),   s the noise it was trained at
///
/// as is right for an ``UnrolledNetwork``, whose thresholds scale with the data. For other networks the
/// formula is a definition. Channels that the network does not take together are denoised one by one.
/// Computed in `Float`.
public struct NetworkDenoiser: Denoiser {
  /// `N`; as many outputs as inputs.
  public let network: Network
  /// Its parameters.
  public let theta: Parameters<Float>
  /// `s`, `> 0`.
  public let trained: Double

  /// - Throws: ``SolverError`` unless `s > 0` and the network gives as many numbers as it takes.
  public init(
    _ network: Network, _ theta: Parameters<Float>, trainedAt s: Double
  ) throws(SolverError) {
    try SolverError.requirePositive(s, "trainedAt")
    guard network.inputs == network.outputs else {
      throw .unsuitable(
        "a denoiser gives as many numbers as it takes; this network takes \(network.inputs) and gives "
          + "\(network.outputs)")
    }
    (self.network, self.theta, trained) = (network, theta, s)
  }

  /// The denoiser that an unrolled network is.
  /// - Throws: ``SolverError`` unless `s > 0`, and for a network that clips to a range, which does not scale.
  public init(
    _ unrolled: UnrolledNetwork, _ theta: Parameters<Float>, trainedAt s: Double
  ) throws {
    guard unrolled.range == nil else {
      throw SolverError.unsuitable(
        "a network that clips to a range does not scale to other noise; leave the range out")
    }
    try self.init(unrolled.network(), theta, trainedAt: s)
  }

  public func check(columns: Int) throws(ProximalError) {
    guard columns == 0 || columns % network.inputs != 0 else { return }
    throw .columns(columns, of: "NetworkDenoiser", needs: "a multiple of \(network.inputs)")
  }

  public func denoise<S: TensorScalar>(_ u: inout Tensor<S>, sigma: S, on pool: WorkerPool) {
    precondition(sigma > 0 && u.count % network.inputs == 0)
    let scale = Float(trained) / Float(sigma)
    let channels = u.count / network.inputs
    var data = Tensor<Float>(shape: [channels, network.inputs])
    data.withMutableSpan { data in
      u.withSpan { u in
        for i in u.indices { data[i] = scale * Float(u[i]) }
      }
    }
    let made = network.output(of: data, at: theta, on: pool)
    u.withMutableSpan { u in
      made.withSpan { made in
        for i in made.indices { u[i] = S(made[i] / scale) }
      }
    }
  }
}
