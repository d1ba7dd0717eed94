import Lifted
import Proximal
import Tensors

/// The networks of the comparison, as `pytorch_steps.py` has them, with random data to train on.
enum BenchmarkNetwork: String, Decodable {
  /// ReLU, ReLU, softmax with cross-entropy.
  case classifier = "784-256-256-10"
  /// ReLU, ReLU, soft-threshold, ReLU, identity with squared error; 784 wide throughout.
  case autoEncoder = "784x5"
  /// LeNet with average pooling and ReLU: 6 and 16 channels, 120, 84, 10; cross-entropy.
  case convolutional = "lenet"
  /// A denoiser for patches of 50 x 50: ten steps of dual forward-backward with 24 filters of 5 x 5.
  case unrolled = "pnn"
  /// 20 layers of 512, rectifiers below an identity, squared error.
  case deep = "20x512"
  /// 10 layers of 100, likewise.
  case narrow = "10x100"

  private var chain: ChainNetwork? { ChainNetwork(rawValue: rawValue) }

  func layers() throws -> Network {
    switch self {
    case .classifier:
      try Network {
        try dense(784, 256, ReLU())
        try dense(256, 256, ReLU())
        try dense(256, 10, Softmax())
      }
    case .autoEncoder:
      try Network {
        try dense(784, 784, ReLU())
        try dense(784, 784, ReLU())
        try dense(784, 784, SoftThreshold(alpha: 0.1))
        try dense(784, 784, ReLU())
        try dense(784, 784, Identity())
      }
    case .convolutional:
      try Network {
        try convolution(Self.image(1, 28), 6, kernel: Extent(5), padding: Extent(2), ReLU())
        try averagePooling(Self.image(6, 28), window: Extent(2))
        try convolution(Self.image(6, 14), 16, kernel: Extent(5), ReLU())
        try averagePooling(Self.image(16, 10), window: Extent(2))
        try dense(400, 120, ReLU())
        try dense(120, 84, ReLU())
        try dense(84, 10, Softmax())
      }
    case .unrolled:
      try UnrolledNetwork(
        Self.image(1, 50), features: 24, kernel: 5, layers: 10, threshold: 0.05
      ).network()
    case .deep: try ChainNetwork.deep.layers()
    case .narrow: try ChainNetwork.narrow.layers()
    }
  }

  private static func image(_ channels: Int, _ side: Int) throws(ShapeError) -> ImageShape {
    try ImageShape(channels: channels, height: side, width: side)
  }

  private var isClassifier: Bool { self == .classifier || self == .convolutional }

  /// Numbers of a sample.
  private var inputs: Int { self == .unrolled ? 2500 : chain?.width ?? 784 }

  /// Inputs uniform on (0, 1); targets one-hot, or uniform as well.
  func batch(of samples: Int) -> Batch<Float> {
    var stream = RandomStream(seed: 0, .synthesis)
    var batch = Batch<Float>(
      samples: samples, inputs: inputs, targets: isClassifier ? 10 : inputs)
    for row in 0..<samples {
      for i in 0..<inputs { batch.inputs[row, i] = Float(stream.uniform()) }
      if isClassifier {
        batch.targets[row, Int.random(in: 0..<10, using: &stream)] = 1
      } else {
        for i in 0..<inputs { batch.targets[row, i] = Float(stream.uniform()) }
      }
    }
    return batch
  }

  /// Random byte images with random labels.
  func images(_ samples: Int) throws -> ImageSamples {
    var stream = RandomStream(seed: 0, .synthesis)
    let bytes = (0..<(samples * inputs / 8)).flatMap { _ in
      withUnsafeBytes(of: stream.next()) { Array($0) }
    }
    let labels = (0..<samples).map { _ in UInt8.random(in: 0..<10, using: &stream) }
    let task: ImageSamples.Task =
      isClassifier ? .classification(classes: 10) : .reconstruction(noise: 0)
    return try ImageSamples(bytes: bytes, labels: labels, pixels: inputs, task: task, seed: 0)
  }
}
