import Tensors

/// An array as files hold it, by the type of its elements.
///
/// Narrower types are widened on reading: half and bfloat16 to `float32`, signed and 16- and 32-bit
/// unsigned integers to `int64`, booleans to `uint8` (0 or 1). All five are written as they are.
public enum AnyTensor: Sendable, Equatable {
  case float32(Tensor<Float>)
  case float64(Tensor<Double>)
  case uint8(IntegerTensor<UInt8>)
  case int64(IntegerTensor<Int64>)
  case uint64(IntegerTensor<UInt64>)

  /// Extents, outermost first; empty for a scalar.
  public var shape: [Int] {
    switch self {
    case .float32(let tensor): tensor.shape
    case .float64(let tensor): tensor.shape
    case .uint8(let tensor): tensor.shape
    case .int64(let tensor): tensor.shape
    case .uint64(let tensor): tensor.shape
    }
  }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The elements as real numbers, rounded to the nearest where `Scalar` cannot hold them.
  /// Cost: `O(count)`; `O(1)` if they are of that type already.
  @inlinable public func real<Scalar: TensorScalar>(
    _ type: Scalar.Type = Scalar.self
  ) -> Tensor<Scalar> {
    switch self {
    case .float32(let tensor): (tensor as? Tensor<Scalar>) ?? tensor.map { Scalar($0) }
    case .float64(let tensor): (tensor as? Tensor<Scalar>) ?? tensor.map { Scalar($0) }
    case .uint8(let tensor): tensor.real()
    case .int64(let tensor): tensor.real()
    case .uint64(let tensor): tensor.real()
    }
  }
}

extension IntegerTensor {
  /// The elements as real numbers, rounded to the nearest. Cost: `O(count)`.
  ///
  /// Inlinable so that callers get a loop over their own types, many times faster.
  @inlinable public func real<Real: TensorScalar>(_ type: Real.Type = Real.self) -> Tensor<Real> {
    var tensor = Tensor<Real>(shape: shape)
    tensor.withMutablePointer { target in
      for (index, scalar) in scalars.enumerated() { target[index] = Real(scalar) }
    }
    return tensor
  }
}

/// An array and the name under which a file holds it.
public struct NamedTensor: Sendable, Equatable {
  /// Any text; files may refuse names that repeat.
  public let name: String
  /// The array.
  public let tensor: AnyTensor

  /// An array under a name.
  public init(_ name: String, _ tensor: AnyTensor) {
    self.name = name
    self.tensor = tensor
  }
}
