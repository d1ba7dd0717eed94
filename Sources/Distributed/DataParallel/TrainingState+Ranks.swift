import Foundation
import Lifted
import Tensors

extension Communicator {
  /// Gives every rank the root's state; its shapes are those of the rank's own. Variables that a method keeps
  /// of its samples are left as they are.
  public func broadcast<S: TensorScalar & Transferable>(
    _ state: inout TrainingState<S>, from root: Int = 0
  ) throws {
    try broadcast(&state.theta, from: root)
    for l in state.theta.layers.indices {
      for m in state.moments[l].indices {
        for k in state.moments[l][m].indices { try broadcast(&state.moments[l][m][k], from: root) }
      }
      for k in state.memory[l].indices { try broadcast(&state.memory[l][k], from: root) }
    }
    state.layerSteps = try broadcast(value: state.layerSteps, from: root)
    state.progress = try broadcast(value: state.progress, from: root)
  }

  /// Gives every rank the root's parameters.
  public func broadcast<S: TensorScalar & Transferable>(
    _ theta: inout Parameters<S>, from root: Int = 0
  ) throws(CommunicationError) {
    for l in theta.layers.indices {
      for k in theta.layers[l].indices { try broadcast(&theta.layers[l][k], from: root) }
    }
  }

  /// What the root has, as JSON on the way.
  public func broadcast<Value: Codable>(value: Value, from root: Int = 0) throws -> Value {
    let bytes = rank == root ? Array(try JSONEncoder().encode(value)) : []
    return try JSONDecoder().decode(Value.self, from: Data(try broadcast(bytes, from: root)))
  }
}
