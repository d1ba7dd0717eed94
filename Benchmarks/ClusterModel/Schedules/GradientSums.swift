/// The sums over replicas of the weights' gradients of a stage, in buckets of layers.
struct GradientSums {
  private let bytesOfLayer: Double
  private let layersOfBucket: Int
  private let stage: Int
  private var bucket: [(layer: Int, parts: [TaskGraph.Task])] = []
  private var sums: [Int: TaskGraph.Task] = [:]

  init(_ job: Job, ofStage stage: Int, layersOfBucket: Int) {
    bytesOfLayer = job.bytesOfWeights
    (self.stage, self.layersOfBucket) = (stage, layersOfBucket)
  }

  /// A layer's gradient is there, on every replica; starts a sum once the bucket is full.
  mutating func add(layer: Int, _ parts: [TaskGraph.Task], _ tasks: inout RankTasks) {
    bucket.append((layer, parts))
    if bucket.count == layersOfBucket { flush(&tasks) }
  }

  /// Starts the sum of what is in the bucket.
  mutating func flush(_ tasks: inout RankTasks) {
    guard !bucket.isEmpty else { return }
    let sum = tasks.allReduce(
      Double(bucket.count) * bytesOfLayer, ofStage: stage, after: bucket.flatMap(\.parts))
    for (layer, _) in bucket { sums[layer] = sum }
    bucket = []
  }

  /// The sum that a layer's gradient is in; `nil` while it waits in the bucket.
  func sum(ofLayer layer: Int) -> TaskGraph.Task? { sums[layer] }
}
