import Lifted
import Proximal
import Tensors

/// Networks of equal layers: rectifiers, the last one the identity with squared error.
enum ChainNetwork: String, CaseIterable, Decodable {
  /// 20 layers of 512.
  case deep = "20x512"
  /// 10 layers of 100.
  case narrow = "10x100"

  var depth: Int { self == .deep ? 20 : 10 }
  var width: Int { self == .deep ? 512 : 100 }

  func layers() throws -> Network {
    try Network {
      for _ in 1..<depth { try dense(width, width, ReLU()) }
      try dense(width, width, Identity())
    }
  }

  /// Normal inputs; targets from a random network of two layers.
  func samples(_ count: Int, on pool: WorkerPool) throws -> Batch<Float> {
    var stream = RandomStream(seed: 0, .synthesis)
    let teacher = try Network {
      try dense(width, width, ReLU())
      try dense(width, width, Identity())
    }
    let theta: Parameters<Float> = try Initialisation.he.parameters(
      for: teacher, seed: 1, on: pool)
    var batch = Batch<Float>(samples: count, inputs: width, targets: width)
    batch.inputs = .normal(shape: [count, width], from: &stream)
    batch.targets = try LiftedPoint(
      forward: batch.inputs, theta: theta, network: teacher, on: pool
    ).x[2]
    return batch
  }

  func start(on pool: WorkerPool) throws -> Parameters<Float> {
    try Initialisation.he.parameters(for: layers(), seed: 0, on: pool)
  }
}
