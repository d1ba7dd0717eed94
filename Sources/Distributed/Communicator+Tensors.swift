import Tensors

// The calls that wait at once, on tensors and on few numbers.
extension Communicator {
  /// `x <- x of root`, of the same shape everywhere.
  public func broadcast<S: TensorScalar & Transferable>(
    _ x: inout Tensor<S>, from root: Int = 0
  ) throws(CommunicationError) {
    try x.withBuffer { (x) throws(CommunicationError) in
      try startBroadcast(x, from: root).wait()
    }
  }

  /// `x <- reduction of all ranks' x`.
  public func allReduce<S: TensorScalar & Transferable>(
    _ x: inout Tensor<S>, by reduction: Reduction = .sum
  ) throws(CommunicationError) {
    try x.withBuffer { (x) throws(CommunicationError) in
      try startAllReduce(x, by: reduction).wait()
    }
  }

  /// Sends a tensor; its shape is known to the rank that receives it.
  public func send<S: TensorScalar & Transferable>(
    _ x: Tensor<S>, to rank: Int, tag: Int = 0
  ) throws(CommunicationError) {
    try x.withBuffer { (x) throws(CommunicationError) in
      try startSend(x, to: rank, tag: tag).wait()
    }
  }

  /// Overwrites a tensor by one of as many elements that another rank sends.
  public func receive<S: TensorScalar & Transferable>(
    _ x: inout Tensor<S>, from rank: Int, tag: Int = 0
  ) throws(CommunicationError) {
    try x.withBuffer { (x) throws(CommunicationError) in
      try startReceive(x, from: rank, tag: tag).wait()
    }
  }

  /// The rows of all ranks' matrices, in the order of the ranks; `rows[p]` says how many rank `p` has.
  public func allGather<S: TensorScalar & Transferable>(
    rowsOf x: Tensor<S>, rows: [Int]
  ) throws(CommunicationError) -> Tensor<S> {
    try startAllGather(rowsOf: x, rows: rows).wait()
  }

  /// Starts to send a tensor and goes on.
  public func startSend<S: TensorScalar & Transferable>(
    _ x: Tensor<S>, to rank: Int, tag: Int
  ) throws(CommunicationError) -> PendingTensor<S> {
    let pending = PendingTensor(x)
    pending.transfer = try startSend(UnsafeBufferPointer(pending.buffer), to: rank, tag: tag)
    return pending
  }

  /// Starts to receive a tensor of a known shape and goes on; ``PendingTensor/wait()`` has it.
  public func startReceive<S: TensorScalar & Transferable>(
    shape: [Int], from rank: Int, tag: Int
  ) throws(CommunicationError) -> PendingTensor<S> {
    let pending = PendingTensor(Tensor<S>(shape: shape))
    pending.transfer = try startReceive(pending.buffer, from: rank, tag: tag)
    return pending
  }

  /// Starts to gather the rows of all ranks' matrices, as ``allGather(rowsOf:rows:)``, and goes on.
  public func startAllGather<S: TensorScalar & Transferable>(
    rowsOf x: Tensor<S>, rows: [Int]
  ) throws(CommunicationError) -> PendingTensor<S> {
    let pending = PendingTensor(Tensor<S>(shape: [rows.reduce(0, +)] + x.shape.dropFirst()))
    let own = PendingTensor(x)
    pending.source = own
    pending.transfer = try startAllGather(
      UnsafeBufferPointer(own.buffer), into: pending.buffer, counts: rows.map { $0 * x.columns })
    return pending
  }

  /// Starts `x <- reduction of all ranks' x` and goes on; ``PendingTensor/wait()`` has the outcome.
  public func startAllReduce<S: TensorScalar & Transferable>(
    _ x: Tensor<S>, by reduction: Reduction = .sum
  ) throws(CommunicationError) -> PendingTensor<S> {
    let pending = PendingTensor(x)
    pending.transfer = try startAllReduce(pending.buffer, by: reduction)
    return pending
  }

  /// The same of tensors that travel together, one after another; ``PendingTensor/wait(for:)`` has the parts.
  func startAllReduce<S: TensorScalar & Transferable>(
    joining parts: [Tensor<S>]
  ) throws(CommunicationError) -> PendingTensor<S> {
    let pending = PendingTensor(joining: parts)
    pending.transfer = try startAllReduce(pending.buffer, by: .sum)
    return pending
  }

  /// The reduction of a few numbers.
  public func allReduce<T: Transferable>(
    _ values: [T], by reduction: Reduction = .sum
  ) throws(CommunicationError) -> [T] {
    var values = values
    try values.withBuffer { (x) throws(CommunicationError) in
      try startAllReduce(x, by: reduction).wait()
    }
    return values
  }

  /// What the root has: text, files; other ranks need not know how long it is.
  public func broadcast(_ bytes: [UInt8], from root: Int = 0) throws(CommunicationError) -> [UInt8]
  {
    var count = [bytes.count]
    try count.withBuffer { (x) throws(CommunicationError) in
      try startBroadcast(x, from: root).wait()
    }
    var bytes = rank == root ? bytes : Array(repeating: 0, count: count[0])
    try bytes.withBuffer { (x) throws(CommunicationError) in
      try startBroadcast(x, from: root).wait()
    }
    return bytes
  }
}

/// A tensor that other ranks' tensors are being added to, or that is on its way.
public final class PendingTensor<S: TensorScalar & Transferable> {
  /// Where the elements are until the end.
  let buffer: UnsafeMutableBufferPointer<S>
  fileprivate var transfer: (any Transfer)?
  /// What is read until the end, where that is another tensor.
  fileprivate var source: PendingTensor?
  private let shape: [Int]
  private var isOver: Bool { transfer == nil }

  fileprivate convenience init(_ x: Tensor<S>) { self.init(joining: [x], shape: x.shape) }

  /// All elements in one vector, unless a shape is given.
  fileprivate init(joining parts: [Tensor<S>], shape: [Int]? = nil) {
    let count = parts.reduce(0) { $0 + $1.count }
    self.shape = shape ?? [count]
    buffer = .allocate(capacity: count)
    var next = buffer.baseAddress
    for part in parts {
      part.withPointer { next?.initialize(from: $0, count: part.count) }
      next = next.map { $0 + part.count }
    }
  }

  /// What nobody has waited for may still be written to: it is left where it is.
  deinit { if isOver { buffer.deallocate() } }

  /// Whether it is done; asking helps a library to get on with it.
  public func isDone() throws(CommunicationError) -> Bool {
    guard let transfer else { return true }
    guard try transfer.isDone() else { return false }
    self.transfer = nil
    return true
  }

  /// Returns when it is done, where nobody asks for the outcome: when what was sent has left.
  public func finish() throws(CommunicationError) {
    try transfer?.wait()
    transfer = nil
  }

  /// The outcome, when it is there.
  public func wait() throws(CommunicationError) -> Tensor<S> { try wait(for: [shape])[0] }

  /// The outcome in parts of given shapes, one after another.
  func wait(for shapes: [[Int]]) throws(CommunicationError) -> [Tensor<S>] {
    try finish()
    var next = buffer.baseAddress
    return shapes.map { shape in
      var x = Tensor<S>(unfilled: shape)
      let count = x.count
      x.withMutablePointer { x in
        if let next { x.update(from: next, count: count) }
      }
      next = next.map { $0 + count }
      return x
    }
  }
}

extension Tensor {
  func withBuffer(
    _ body: (UnsafeBufferPointer<Scalar>) throws(CommunicationError) -> Void
  ) throws(CommunicationError) {
    let result = withPointer { x in
      Result { () throws(CommunicationError) in
        try body(UnsafeBufferPointer(start: x, count: count))
      }
    }
    try result.get()
  }

  mutating func withBuffer(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(CommunicationError) -> Void
  ) throws(CommunicationError) {
    let count = self.count
    let result = withMutablePointer { x in
      Result { () throws(CommunicationError) in
        try body(UnsafeMutableBufferPointer(start: x, count: count))
      }
    }
    try result.get()
  }
}

extension Array {
  fileprivate mutating func withBuffer(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(CommunicationError) -> Void
  ) throws(CommunicationError) {
    let result = withUnsafeMutableBufferPointer { x in
      Result { () throws(CommunicationError) in try body(x) }
    }
    try result.get()
  }
}
