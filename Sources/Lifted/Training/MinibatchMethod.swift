import Tensors

/// What is done with one minibatch. See ``OneSweep``.
public protocol MinibatchMethod: Sendable {
  /// Tensors that each layer's update remembers.
  func moments(of network: Network) -> [Int]
  /// The shapes of what else each layer's update remembers; empty for nothing in any layer.
  func memory(of network: Network) -> [[[Int]]]
  /// The widths of the variables that the method keeps of every sample from one visit to the next.
  /// Then noise is that of one visit, so that what is kept fits the input.
  func keptVariables(of network: Network) -> [Int]
  /// The signal whose gradient is compared with back-propagation's in diagnoses.
  var signal: any Signal { get }
  /// The weight of the loss at the start.
  var initialNudge: Double { get }
  /// Whether it has a step that a ``Schedule`` can shorten.
  var followsSchedule: Bool { get }
  /// Whether the method can train this network.
  /// - Throws: ``SolverError`` with the reason if not.
  func check(_ network: Network) throws(SolverError)
  /// Whether so many steps on so many samples come to anything.
  /// - Throws: ``SolverError`` with the reason if not.
  func check(steps: Int, samples: Int) throws(SolverError)

  /// One step on a batch. Adds to the state's step, evaluations and loss.
  /// - Parameters:
  ///   - state: parameters, moments and counters; moved on by one step.
  ///   - batch: inputs `x_0` and targets `y`.
  ///   - network: what is trained; `check(_:)` has accepted it.
  ///   - workspace: states of the batch's size; `x[0]` is replaced, the rest overwritten. Its `numbers`
  ///     say which of the `population` samples the rows are. Its `kept` holds the batch's rows of what the
  ///     method keeps, zero at the first visit (epoch 0), and is written back afterwards.
  ///   - stepFactor: the schedule's factor on the step size.
  ///   - pool: the threads to work with.
  func step<S: TensorScalar>(
    _ state: inout TrainingState<S>, _ batch: Batch<S>, _ network: Network,
    workspace: inout LayerStates<S>, stepFactor: Double, on pool: WorkerPool
  ) throws(SolverError)
}

extension MinibatchMethod {
  /// Any do.
  public func check(steps: Int, samples: Int) throws(SolverError) {}

  /// Yes.
  public var followsSchedule: Bool { true }

  /// One mirror sweep, for methods that have no signal of their own.
  public var signal: any Signal { MirrorSweep() }

  /// Nothing.
  public func memory(of network: Network) -> [[[Int]]] { [] }

  /// None: every step starts from the parameters alone.
  public func keptVariables(of network: Network) -> [Int] { [] }
}

extension LayerStates {
  /// The forward pass of a batch; returns the sum over its samples of the head's penalty, the loss.
  package mutating func forwardLoss(
    _ batch: Batch<S>, _ network: Network, _ theta: Parameters<S>, on pool: WorkerPool
  ) -> Double {
    x[0] = batch.inputs
    forward(network, theta, on: pool)
    return network.loss(of: batch.targets, at: z[network.depth], on: pool)
  }

  /// The fraction of entries of each hidden layer that are not zero.
  func activeFractions() -> [Double] {
    zip(activeCounts(), x.dropFirst()).map { Double($0) / Double(Swift.max($1.count, 1)) }
  }

  /// How many entries of each hidden layer are not zero.
  package func activeCounts() -> [Int] {
    x.dropFirst().dropLast().map { x in x.scalars.count { $0 != 0 } }
  }
}

extension Network {
  /// The sum over samples of the head's penalty of targets at its pre-activations, the loss.
  package func loss<S: TensorScalar>(
    of y: Tensor<S>, at z: Tensor<S>, on pool: WorkerPool
  ) -> Double {
    let head = layers[depth - 1].activation
    return sumOverRows(y, z, on: pool) { y, z, count in head.bregman(y, z, count: count) }
  }
}
