import Tensors

/// The element types that files hold, with their decoding into an ``AnyTensor``.
enum StoredScalar: Sendable, CaseIterable {
  case bool, uint8, uint16, uint32, uint64
  case int8, int16, int32, int64
  case float16, bfloat16, float32, float64

  /// Bytes of one element.
  var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// How elements lie in a file.
  struct Layout {
    var isBigEndian = false
    var isColumnMajor = false
  }

  /// The elements in `bytes`, as many as `shape` has.
  func decode(
    _ bytes: ArraySlice<UInt8>, shape: [Int], layout: Layout = Layout()
  ) throws(ShapeError) -> AnyTensor {
    let words = Words(bytes: bytes, shape: shape, layout: layout)
    return switch self {
    case .bool: .uint8(try words.integers { (word: UInt8) in word == 0 ? 0 : 1 })
    case .uint8: .uint8(try words.integers { (word: UInt8) in word })
    case .uint16: .int64(try words.integers { (word: UInt16) in Int64(word) })
    case .uint32: .int64(try words.integers { (word: UInt32) in Int64(word) })
    case .uint64: .uint64(try words.integers { (word: UInt64) in word })
    case .int8: .int64(try words.integers { (word: Int8) in Int64(word) })
    case .int16: .int64(try words.integers { (word: Int16) in Int64(word) })
    case .int32: .int64(try words.integers { (word: Int32) in Int64(word) })
    case .int64: .int64(try words.integers { (word: Int64) in word })
    case .float16: .float32(try words.reals { Float(half: $0) })
    case .bfloat16: .float32(try words.reals { Float(bitPattern: UInt32($0 as UInt16) << 16) })
    case .float32: .float32(try words.reals { Float(bitPattern: $0) })
    case .float64: .float64(try words.reals { Double(bitPattern: $0) })
    }
  }
}

/// The elements of an array as unsigned or signed words of a file.
private struct Words {
  let bytes: ArraySlice<UInt8>
  let shape: [Int]
  let layout: StoredScalar.Layout

  func integers<Word: FixedWidthInteger, Scalar: FixedWidthInteger & Sendable>(
    _ convert: (Word) -> Scalar
  ) throws(ShapeError) -> IntegerTensor<Scalar> {
    try IntegerTensor(shape: shape, scalars: map(convert))
  }

  func reals<Word: FixedWidthInteger, Scalar: TensorScalar>(
    _ convert: (Word) -> Scalar
  ) throws(ShapeError) -> Tensor<Scalar> {
    try Tensor(shape: shape, scalars: map(convert))
  }

  private func map<Word: FixedWidthInteger, Scalar>(_ convert: (Word) -> Scalar) -> [Scalar] {
    let size = MemoryLayout<Word>.size
    let scalars = bytes.withUnsafeBytes { raw in
      (0..<raw.count / size).map { index in
        let word = raw.loadUnaligned(fromByteOffset: index * size, as: Word.self)
        return convert(layout.isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
      }
    }
    guard layout.isColumnMajor else { return scalars }
    return Extents.rowMajor(fromColumnMajor: scalars, shape: shape)
  }
}

extension Float {
  /// The number with the bits of an IEEE 754 half: every half is exact in `Float`.
  init(half bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 31:
      self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

extension AnyTensor {
  /// The type under which the elements are written.
  var stored: StoredScalar {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .uint8: .uint8
    case .int64: .int64
    case .uint64: .uint64
    }
  }

  /// Appends the elements in row-major order.
  func append(to bytes: inout [UInt8], bigEndian: Bool = false) {
    func append<Scalar, Word: FixedWidthInteger>(_ scalars: [Scalar], _ word: (Scalar) -> Word) {
      let words = scalars.map { bigEndian ? word($0).bigEndian : word($0).littleEndian }
      words.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    switch self {
    case .float32(let tensor): append(tensor.scalars, \.bitPattern)
    case .float64(let tensor): append(tensor.scalars, \.bitPattern)
    case .uint8(let tensor): bytes.append(contentsOf: tensor.scalars)
    case .int64(let tensor): append(tensor.scalars, \.self)
    case .uint64(let tensor): append(tensor.scalars, \.self)
    }
  }
}
