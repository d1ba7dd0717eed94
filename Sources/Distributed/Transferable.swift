/// The numbers that ranks can exchange: `Float`, `Double`, `Int` and `UInt8`.
public protocol Transferable: BitwiseCopyable, Comparable, Sendable {
  /// What the number is to a message-passing library.
  static var element: TransferElement { get }
  /// The sum of two, as reductions form it.
  static func sum(_ a: Self, _ b: Self) -> Self
}

/// A ``Transferable`` type by name.
public enum TransferElement: Sendable {
  /// IEEE 754 numbers of 32 and 64 bits, integers of 64 bits, bytes.
  case float, double, integer, byte
}

extension Float: Transferable {
  public static var element: TransferElement { .float }
  @inlinable public static func sum(_ a: Float, _ b: Float) -> Float { a + b }
}

extension Double: Transferable {
  public static var element: TransferElement { .double }
  @inlinable public static func sum(_ a: Double, _ b: Double) -> Double { a + b }
}

extension Int: Transferable {
  public static var element: TransferElement { .integer }
  @inlinable public static func sum(_ a: Int, _ b: Int) -> Int { a &+ b }
}

extension UInt8: Transferable {
  public static var element: TransferElement { .byte }
  @inlinable public static func sum(_ a: UInt8, _ b: UInt8) -> UInt8 { a &+ b }
}

/// What becomes of corresponding numbers of all ranks.
public enum Reduction: Sendable {
  /// Their sum, in an order that is the library's affair.
  case sum
  /// The greatest, the least.
  case maximum, minimum

  /// Of two numbers.
  func of<T: Transferable>(_ a: T, _ b: T) -> T {
    switch self {
    case .sum: T.sum(a, b)
    case .maximum: Swift.max(a, b)
    case .minimum: Swift.min(a, b)
    }
  }
}
