import ClusterModel
import Distributed
import Lifted
import Tensors

/// What a rank does in a step, as a schedule of the model has it.
protocol RankProgram {
  /// One step of this rank.
  mutating func step() throws
}

/// ``BackPropagationGrid`` with one stage: this rank's share of the samples, gradients summed up.
struct DataParallelProgram: RankProgram {
  private let communicator: any Communicator
  private let overlapsSums: Bool
  private let layers: Range<Int>
  private var stack: DenseStack

  init(_ job: Job, overlapsSums: Bool, with communicator: any Communicator, on pool: WorkerPool)
    throws
  {
    (self.communicator, self.overlapsSums) = (communicator, overlapsSums)
    layers = 0..<job.depth
    stack = try DenseStack(
      layers: job.depth, width: job.width, rows: job.batch / communicator.size, on: pool)
  }

  mutating func step() throws {
    for l in layers { stack.forward(l) }
    var sums: [(layer: Int, sum: PendingTensor<Float>)] = []
    for l in layers.reversed() {
      stack.pass()
      stack.gradient(l)
      let sum = try communicator.startAllReduce(stack.gradients[l])
      if overlapsSums {
        sums.append((l, sum))
        if l > 0 { stack.pull(l) }
      } else {
        if l > 0 { stack.pull(l) }
        stack.update(l, along: try sum.wait())
      }
    }
    for (l, sum) in sums { stack.update(l, along: try sum.wait()) }
  }
}

/// ``LiftedGrid`` with one replica: this rank's layers, `u` to the rank before, `x` to that behind.
struct LayerParallelProgram: RankProgram {
  private let communicator: any Communicator
  private let layers: Range<Int>
  private let isFirst: Bool
  private let isLast: Bool
  private var stack: DenseStack
  private var underway: [Parcel<Float>] = []
  private enum Tag { static let (pull, input) = (1, 2) }

  init(_ job: Job, with communicator: any Communicator, on pool: WorkerPool) throws {
    self.communicator = communicator
    let (rank, size) = (communicator.rank, communicator.size)
    layers = 0..<((rank + 1) * job.depth / size - rank * job.depth / size)
    (isFirst, isLast) = (rank == 0, rank == size - 1)
    stack = try DenseStack(layers: layers.count, width: job.width, rows: job.batch, on: pool)
  }

  mutating func step() throws {
    let rank = communicator.rank
    for l in layers {
      stack.residual(l)
      stack.pass()
      if !(isFirst && l == 0) { stack.pull(l) }
      if l == 0, !isFirst { try send(stack.u[0], to: rank - 1, tag: Tag.pull) }
    }
    for l in layers.dropFirst() { move(l) }
    if !isLast {
      stack.u[layers.count] = try receive(from: rank + 1, tag: Tag.pull)
      move(layers.count)
      try send(stack.x[layers.count], to: rank + 1, tag: Tag.input)
    }
    for l in layers.dropFirst() { weigh(l) }
    if !isFirst { stack.x[0] = try receive(from: rank - 1, tag: Tag.input) }
    weigh(0)
    for l in layers { stack.update(l) }
    for parcel in underway { try parcel.wait() }
    underway = []
  }

  private mutating func move(_ l: Int) {
    stack.move(l)
    stack.move(l)
  }

  private mutating func weigh(_ l: Int) {
    stack.residual(l)
    stack.gradient(l)
  }

  private mutating func send(_ x: Tensor<Float>, to rank: Int, tag: Int) throws {
    let parcel = Parcel([x])
    try parcel.send(to: rank, tag: tag, with: communicator)
    underway.append(parcel)
  }

  private func receive(from rank: Int, tag: Int) throws -> Tensor<Float> {
    let parcel = Parcel<Float>(shapes: [stack.x[0].shape])
    try parcel.receive(from: rank, tag: tag, with: communicator)
    try parcel.wait()
    return parcel.contents.tensors[0]
  }
}
